// The browser's side of the simulator: window.IMP as Iamport's SDK defines it, for one window.
(function () {
  "use strict";

  const script = document.currentScript;
  const base = new URL(script ? script.src : location.href).origin;
  let merchant = null;

  function isPhone() {
    return (
      new URLSearchParams(location.search).has("mobile") ||
      (script !== null && new URL(script.src).searchParams.has("mobile")) ||
      /Android|iPhone|iPad|iPod|Mobile/i.test(navigator.userAgent)
    );
  }

  function address(params, mobile) {
    const request = { merchant: merchant, params: params, origin: location.origin };
    const query = mobile ? "?mobile" : "";
    return base + "/v1/window" + query + "#" + encodeURIComponent(JSON.stringify(request));
  }

  // Styles are set through the DOM, which a strict content security policy allows.
  function overlay(source, done) {
    const cover = document.createElement("div");
    Object.assign(cover.style, {
      position: "fixed", inset: "0", zIndex: "2147483647", display: "grid",
      placeItems: "center", background: "rgba(0, 0, 0, .45)",
    });
    const frame = document.createElement("iframe");
    frame.title = "결제창";
    frame.src = source;
    Object.assign(frame.style, {
      width: "min(460px, 100vw)", height: "min(720px, 100vh)", border: "0",
      borderRadius: "8px", background: "white", boxShadow: "0 12px 48px rgba(0, 0, 0, .35)",
    });
    cover.append(frame);

    function hear(message) {
      if (message.source !== frame.contentWindow || message.origin !== base) return;
      window.removeEventListener("message", hear);
      cover.remove();
      done(message.data);
    }
    window.addEventListener("message", hear);
    document.body.append(cover);
    frame.focus();
  }

  window.IMP = {
    init: function (code) {
      merchant = String(code);
    },
    agency: function (code) {
      merchant = String(code);
    },
    request_pay: function (params, callback) {
      const tell = typeof callback === "function" ? callback : function () {};
      if (merchant === null) {
        tell({
          success: false, imp_uid: null, merchant_uid: params && params.merchant_uid,
          error_code: "F400", error_msg: "IMP.init()으로 가맹점 식별코드를 먼저 설정해주세요.",
        });
      } else if (isPhone()) {
        // On a phone the callback is not called: the result comes with m_redirect_url.
        location.assign(address(params, true));
      } else {
        overlay(address(params, false), tell);
      }
    },
  };
})();
