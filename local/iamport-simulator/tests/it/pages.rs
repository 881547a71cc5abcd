//! The pages of the simulator.

use crate::world::World;

#[tokio::test]
async fn pages_are_served_without_inline_scripts_or_styles() {
    let world = World::new().await;
    for (path, kind) in [
        ("/v1/iamport.js", "text/javascript"),
        ("/js/iamport.payment-1.2.0.js", "text/javascript"),
        ("/v1/window", "text/html"),
        ("/v1/window.js", "text/javascript"),
        ("/v1/window.css", "text/css"),
        ("/simulator", "text/html"),
        ("/simulator/page.js", "text/javascript"),
        ("/simulator/page.css", "text/css"),
    ] {
        let page = world.send("GET", path, &[], "").await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.headers["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        assert!(
            page.headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("default-src 'none'")
        );
        for unsafe_way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            " style=",
            "<style",
            " onclick=",
        ] {
            assert!(!page.text.contains(unsafe_way), "{path} has {unsafe_way}");
        }
        for script in page.text.match_indices("<script").map(|(at, _)| &page.text[at..]) {
            assert!(script.starts_with("<script src=\"/"), "{path}");
        }
    }
}

#[tokio::test]
async fn the_sdk_defines_what_pages_call() {
    let world = World::new().await;
    let sdk = world.send("GET", "/v1/iamport.js", &[], "").await.text;
    for name in ["window.IMP", "init:", "request_pay:", "agency:"] {
        assert!(sdk.contains(name), "{name}");
    }
}
