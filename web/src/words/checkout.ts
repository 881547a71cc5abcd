// Words of 구독하기: what is agreed to, the card window, what came of it, and what to do about a decline.

export const CHECKOUT = {
  "subscribe.title": { ko: "구독하기", en: "Subscribe" },
  "subscribe.lead": {
    ko: "카드를 한 번 등록하면 매월 자동으로 결제됩니다. 언제든지 취소할 수 있습니다.",
    en: "Register your card once and pay automatically each month. Cancel any time.",
  },
  "subscribe.plan": { ko: "상품", en: "Plan" },
  "subscribe.monthly": { ko: "월", en: "month" },
  "subscribe.buyer": { ko: "카드 등록에 필요한 정보", en: "Details for card registration" },
  "subscribe.buyerWhy": {
    ko: "KG이니시스 카드 등록창에 전달되며, 서버에 저장하지 않습니다.",
    en: "Passed to the KG Inicis card registration window. We do not store them on our servers.",
  },
  "subscribe.name": { ko: "이름", en: "Name" },
  "subscribe.telephone": { ko: "휴대폰 번호", en: "Mobile number" },
  "subscribe.telephoneHint": { ko: "예: 010-1234-5678", en: "For example 010-1234-5678" },
  "subscribe.nextPrice": {
    ko: "{date}부터 월 {price}으로 변경될 예정입니다.",
    en: "The price changes to {price} a month on {date}.",
  },
  "subscribe.terms": { ko: "정기결제 동의 내용", en: "Recurring payment terms" },
  "subscribe.vat": { ko: "부가세 포함", en: "VAT included" },
  "subscribe.term.price": {
    ko: "{plan} 이용료 {price}(부가세 포함)이 매월 한 번, 등록한 카드로 자동 결제됩니다.",
    en: "{price} (VAT included) for {plan} is charged automatically to your registered card once a month.",
  },
  "subscribe.term.first": {
    ko: "첫 결제일은 오늘({first})이며 카드 등록 직후에 결제됩니다. 카드 등록 자체로는 결제되지 않습니다.",
    en: "The first payment is taken today ({first}), right after your card is registered. Registering the card itself costs nothing.",
  },
  "subscribe.term.second": {
    ko: "두 번째 결제일은 {second}이며, 그 뒤로 매월 같은 날(그 날짜가 없는 달은 말일)에 결제됩니다.",
    en: "The second payment is on {second}, and then on the same day each month (the last day, where a month has no such day).",
  },
  "subscribe.term.cancel": {
    ko: "언제든지 ‘내 구독’의 ‘구독 취소’에서 전화나 상담 없이 취소할 수 있습니다. 취소하면 다음 결제가 중단되고, 이미 결제한 기간은 끝까지 이용할 수 있습니다.",
    en: "You can cancel at any time under “My subscription”, without a call or a chat. No further payments are taken, and you keep access until the end of the period you have paid for.",
  },
  "subscribe.term.withdraw": {
    ko: "결제 후 7일 이내에는 고객센터에 청약철회를 요청하실 수 있고, 요청하신 날부터 3영업일 이내에 환불해 드립니다. 이미 이용하신 콘텐츠 등 법에서 정한 경우에는 제한될 수 있으며, 그 밖에는 이미 결제한 금액이 환불되지 않습니다.",
    en: "Within 7 days of a payment you may contact us to withdraw, and we refund within 3 business days of your request. The law limits this in some cases, such as content already used. Otherwise payments are not refunded.",
  },
  "subscribe.term.raise": {
    ko: "금액이 오를 때에는 미리 안내하고 다시 동의를 받습니다. 동의하지 않으면 결제되지 않습니다.",
    en: "If the price goes up, we will tell you in advance and ask for your consent. Without it, you will not be charged.",
  },
  "subscribe.consent": {
    ko: "위 정기결제 내용에 동의합니다. (약관 {version})",
    en: "I agree to these recurring payment terms. (Terms {version})",
  },
  "subscribe.go": { ko: "카드 등록하고 구독하기", en: "Register card and subscribe" },
  "subscribe.goSignIn": { ko: "로그인하고 구독하기", en: "Sign in and subscribe" },
  "subscribe.already": { ko: "이미 구독 중입니다.", en: "You already have a subscription." },
  "subscribe.seeMine": { ko: "내 구독 보기", en: "View my subscription" },
  "subscribe.noPlans": { ko: "지금은 판매 중인 상품이 없습니다.", en: "No plans are available right now." },
  "subscribe.needConsent": {
    ko: "정기결제 내용에 동의해 주세요.",
    en: "Please agree to the recurring payment terms.",
  },
  "subscribe.needTelephone": {
    ko: "휴대폰 번호를 확인해 주세요.",
    en: "Please enter a valid mobile number.",
  },

  "verify.send": { ko: "인증 메일 보내기", en: "Send verification e-mail" },
  "verify.sent": {
    ko: "{email}로 메일을 보냈습니다. 메일의 링크를 누른 뒤 ‘인증했습니다’를 눌러 주세요.",
    en: "We sent an e-mail to {email}. Open its link, then choose “I have verified it”.",
  },
  "verify.done": { ko: "인증했습니다", en: "I have verified it" },
  "verify.goOn": { ko: "확인했습니다. 다시 구독하기를 눌러 주세요.", en: "Thank you. Please choose Subscribe again." },

  "window.opening": { ko: "카드 등록창을 여는 중입니다.", en: "Opening the card registration window…" },
  "window.notLoaded": {
    ko: "카드 등록창을 불러오지 못했습니다. 광고 차단 기능을 끄거나 잠시 후 다시 시도해 주세요.",
    en: "The card registration window could not be loaded. Turn off any ad blockers or try again later.",
  },
  "window.refused": {
    ko: "카드 등록창이 열리지 않았습니다.",
    en: "The card registration window did not open.",
  },

  "progress.title": { ko: "결제 진행 상황", en: "Payment status" },
  "progress.titleCard": { ko: "카드 변경 진행 상황", en: "Card change status" },
  "progress.step.card": { ko: "카드 등록", en: "Card registration" },
  "progress.step.payment": { ko: "결제 확인", en: "Payment" },
  "progress.step.done": { ko: "완료", en: "Done" },
  "progress.state.waiting": { ko: "대기", en: "Waiting" },
  "progress.state.active": { ko: "진행 중", en: "In progress" },
  "progress.state.done": { ko: "완료", en: "Done" },
  "progress.state.failed": { ko: "실패", en: "Failed" },
  "progress.asking": {
    ko: "카드 등록 결과를 확인하고 있습니다.",
    en: "Checking whether your card was registered.",
  },
  "progress.confirming": {
    ko: "카드사의 승인을 확인하고 있습니다. 화면을 닫아도 결제는 한 번만 진행됩니다.",
    en: "Waiting for your card issuer’s approval. You will be charged only once, even if you close this page.",
  },
  "progress.slow": {
    ko: "카드사의 응답이 늦어지고 있습니다. 기다리지 않으셔도 됩니다. 결과는 ‘내 구독’에서 볼 수 있고, 같은 기간에 두 번 결제되지 않습니다.",
    en: "Your card issuer is taking longer than usual. You do not have to wait: the result will appear under “My subscription”, and you will never be charged twice for the same period.",
  },
  "progress.unheard": {
    ko: "카드 등록을 끝내지 않으셨다면 처음부터 다시 할 수 있습니다.",
    en: "If you did not finish registering your card, you can start again.",
  },
  "progress.trouble": {
    ko: "확인이 잠시 지연되고 있습니다. 자동으로 다시 확인합니다.",
    en: "This is taking a little longer. We will keep checking automatically.",
  },
  "progress.slowBy": {
    ko: "몇 분마다 자동으로 다시 확인합니다.",
    en: "We check again automatically every few minutes.",
  },
  "progress.step.overdue": { ko: "밀린 결제", en: "Overdue payment" },
  "progress.closed": { ko: "카드 등록창을 닫으셨습니다.", en: "You closed the card window." },
  "progress.closedNext": {
    ko: "등록된 카드도, 결제된 금액도 없습니다. 입력하신 내용은 그대로 있으니 원하실 때 이어서 하실 수 있습니다.",
    en: "No card was registered and nothing was charged. What you entered is kept, so you can go on whenever you like.",
  },
  "progress.closedGo": { ko: "이어서 하기", en: "Go on" },
  "progress.done": { ko: "구독이 시작되었습니다.", en: "Your subscription has started." },
  "progress.doneCard": { ko: "카드를 변경했습니다.", en: "Your card has been changed." },
  "progress.doneOverdue": {
    ko: "카드를 변경했고, 밀린 결제도 완료되었습니다.",
    en: "Your card has been changed and the overdue payment has been made.",
  },
  "progress.stillDue": {
    ko: "카드는 변경되었지만, 밀린 결제는 아직 승인되지 않았습니다.",
    en: "Your card has been changed, but the overdue payment has not been approved yet.",
  },
  "progress.paid": { ko: "{price} 결제가 완료되었습니다.", en: "Your payment of {price} was successful." },
  "progress.next": { ko: "다음 결제일은 {date}입니다.", en: "Your next payment is on {date}." },
  "progress.failedCard": { ko: "카드가 등록되지 않았습니다.", en: "The card was not registered." },
  "progress.failedProvider": {
    ko: "결제 시스템 문제로 결제되지 않았습니다.",
    en: "The payment could not be made because of a problem with the payment system.",
  },
  "progress.failedPayment": { ko: "결제가 승인되지 않았습니다.", en: "The payment was declined." },
  "progress.nothingPaid": { ko: "결제된 금액은 없습니다.", en: "You have not been charged." },
  "progress.otherCard": { ko: "다시 시도하거나 다른 카드로 구독하기", en: "Try again or use another card" },
  "progress.again": { ko: "다시 시도", en: "Try again" },
  "progress.none": { ko: "확인할 결제가 없습니다.", en: "There is no payment to check." },
  "progress.resume": {
    ko: "확인이 끝나지 않은 카드 등록이 있습니다.",
    en: "You have a card registration in progress.",
  },
  "progress.resumeGo": { ko: "진행 상황 보기", en: "View status" },

  "advice.transient": {
    ko: "카드사 확인이 늦어지고 있습니다. 잠시 후 다시 시도해 주세요.",
    en: "Your card issuer is slow to answer. Please try again in a moment.",
  },
  "advice.soft": {
    ko: "잔액 또는 한도를 확인하신 뒤 다시 시도하거나 다른 카드를 등록해 주세요.",
    en: "Check your balance or limit and try again, or register another card.",
  },
  "advice.provider": {
    ko: "카드 문제가 아니라 결제 시스템 문제로 결제되지 않았습니다. 잠시 후 다시 시도해 주세요.",
    en: "Your card is fine: the payment system had a problem. Please try again later.",
  },
  "advice.providerAgain": {
    ko: "카드 문제가 아니라 결제 시스템 문제로 결제되지 않았습니다. 따로 하실 일은 없으며, 자동으로 다시 결제를 시도하겠습니다.",
    en: "Your card is fine: the payment system had a problem. There is nothing you need to do; we will try again automatically.",
  },
  "advice.hard": {
    ko: "사용할 수 없는 카드입니다. 다른 카드를 등록해 주세요.",
    en: "This card cannot be used. Please register another card.",
  },
  "advice.unknown": {
    ko: "카드사에서 결제를 승인하지 않았습니다. 카드사에 문의하거나 다른 카드를 등록해 주세요.",
    en: "Your card issuer did not approve the payment. Please ask the issuer or register another card.",
  },
} as const;
