// Words of 내 구독. An admin's page of a member has its own, `member.…` in admin.ts.

export const MEMBER = {
  "me.title": { ko: "내 구독", en: "My subscription" },
  "me.none": { ko: "아직 구독하지 않으셨습니다.", en: "You do not have a subscription yet." },
  "me.noneGo": { ko: "구독하기", en: "Subscribe" },
  "me.unfinished": {
    ko: "시작하신 카드 등록이 아직 끝나지 않았습니다. 등록을 마치셨다면 결과가 곧 이 화면에 표시되고, 마치지 않으셨다면 다시 시작하실 수 있습니다.",
    en: "The card registration you began is not finished. If you completed it, the result will appear here soon. If you did not, you can start again.",
  },
  "me.unfinishedGo": { ko: "카드 등록 다시 시작하기", en: "Start again" },
  "me.pendingTitle": { ko: "결제 결과를 기다리고 있습니다", en: "Waiting for the result of your payment" },
  "me.pending": {
    ko: "카드사에 결제를 요청했고 아직 답을 받지 못했습니다. 자동으로 다시 확인해 이 화면에 표시하며, 같은 기간에 두 번 결제되지 않습니다.",
    en: "We have sent the payment to your card issuer and have no answer yet. We keep checking and will show the result here. You will never be charged twice for the same period.",
  },
  "me.pendingUntil": {
    ko: "{time}까지 결과를 알 수 없으면 담당자가 직접 확인합니다.",
    en: "If it is still not known by {time}, our staff will look into it.",
  },
  "review.title": { ko: "담당자가 결제를 확인하고 있습니다", en: "Our staff is checking a payment" },
  "review.known": {
    ko: "{since}부터 담당자가 직접 확인하고 있습니다.",
    en: "Our staff has been checking it since {since}.",
  },
  "review.next": {
    ko: "확인이 끝나면 결과가 이 화면에 표시되고, 잘못 결제된 금액은 돌려드립니다.",
    en: "When this is done, the result will appear here, and anything charged by mistake will be refunded.",
  },
  "review.by": {
    ko: "늦어도 {date}까지 확인을 마치고 이 화면에서 알려 드리겠습니다. 그동안 따로 하실 일은 없습니다.",
    en: "We will finish by {date} at the latest and tell you on this page. There is nothing you need to do.",
  },
  "review.late": {
    ko: "{date}까지 알려 드리기로 했으나 늦어지고 있습니다. 죄송합니다. 아래로 연락해 주시면 바로 확인하겠습니다.",
    en: "We promised to tell you by {date} and are late. We are sorry. Please contact us and we will look into it at once.",
  },
  "me.nextReview": { ko: "확인이 끝난 뒤에 정해집니다.", en: "To be set once the check is done" },
  "me.state.none": { ko: "구독 전", en: "Not subscribed" },
  "me.state.active": { ko: "이용 중", en: "Active" },
  "me.state.past_due": { ko: "결제 실패", en: "Payment failed" },
  "me.state.cancelling": { ko: "취소 예정", en: "Set to cancel" },
  "me.state.ended": { ko: "종료", en: "Ended" },
  "me.price": { ko: "월 {price}", en: "{price} a month" },
  "me.until": { ko: "이용 가능 기간", en: "Access until" },
  "me.untilValue": { ko: "{date}까지", en: "{date}" },
  "me.next": { ko: "다음 결제일", en: "Next payment" },
  "me.nextRetry": { ko: "다음 결제 시도일", en: "Next payment attempt" },
  "me.nextNone": { ko: "예정된 결제 없음", en: "None scheduled" },
  "me.card": { ko: "결제 카드", en: "Card" },
  "me.cardNone": { ko: "등록된 카드 없음", en: "No card registered" },
  "me.cardSince": { ko: "{date} 등록", en: "registered {date}" },
  "me.consent": { ko: "동의한 약관", en: "Terms agreed to" },
  "me.nextConsent": { ko: "{date} (동의하신 경우)", en: "{date} (if you agree)" },
  "me.consentValue": { ko: "{version}, 월 {price}", en: "{version}, {price} a month" },
  "me.consentAt": { ko: "{date} 동의", en: "agreed {date}" },
  "me.cancelled": {
    ko: "{requested}에 취소를 신청하셨습니다. {until}까지 이용할 수 있고, 더 이상 결제되지 않습니다.",
    en: "You cancelled on {requested}. You have access until {until} and will not be charged again.",
  },
  "me.ended": {
    ko: "{date}에 이용이 종료되었습니다. 다시 구독하시면 새로 시작됩니다.",
    en: "Your subscription ended on {date}. You can subscribe again at any time.",
  },
  "me.over": {
    ko: "이용 기간이 {date}에 끝났습니다. 지금 다시 구독하실 수 있습니다.",
    en: "Your access ended on {date}. You can subscribe again now.",
  },
  "due.title": { ko: "{price} 결제가 승인되지 않았습니다.", en: "Your payment of {price} was declined." },
  "due.access": {
    ko: "{date}까지는 지금처럼 이용하실 수 있습니다. 그때까지 결제되지 않으면 이용이 종료됩니다.",
    en: "You keep your access until {date}. If the payment has not been made by then, your access ends.",
  },
  "due.again": {
    ko: "등록하신 카드로 {date}에 자동으로 다시 결제를 시도합니다.",
    en: "We will try your registered card again on {date}.",
  },
  "due.stopped": {
    ko: "등록하신 카드로는 더 이상 시도하지 않습니다. 새 카드를 등록하시면 바로 결제를 시도합니다.",
    en: "We will not try the registered card again. Register a new card and we will try it right away.",
  },
  "due.newCard": { ko: "새 카드로 결제하기", en: "Pay with a new card" },
  "me.cancel": { ko: "구독 취소", en: "Cancel subscription" },
  "me.resume": { ko: "취소 철회하고 계속 이용하기", en: "Keep my subscription" },
  "me.again": { ko: "다시 구독하기", en: "Subscribe again" },
  "me.changeCard": { ko: "카드 변경", en: "Change card" },
  "me.resumed": {
    ko: "취소를 철회했습니다. 구독이 계속됩니다.",
    en: "Your cancellation has been withdrawn. Your subscription continues.",
  },
  "me.cancelDone": { ko: "취소 신청이 완료되었습니다.", en: "Your subscription has been cancelled." },

  "price.title": { ko: "요금이 변경됩니다", en: "Your price is changing" },
  "price.yes": {
    ko: "동의하시면 {from}부터 등록된 카드로 월 {price}이 결제됩니다.",
    en: "If you agree, your registered card will be charged {price} a month from {from}.",
  },
  "price.no": {
    ko: "동의하지 않으시면 더 이상 결제되지 않으며, {from}까지 이용하신 뒤 구독이 종료됩니다. 그날까지는 마음을 바꾸실 수 있습니다.",
    en: "If you do not agree, you will not be charged again. You have access until {from}, and then your subscription ends. You can change your mind until that day.",
  },
  "price.until": {
    ko: "{from}까지 답하실 수 있습니다. 동의하기 전에는 결제되지 않습니다.",
    en: "You can decide until {from}. You will not be charged before you agree.",
  },
  "price.consent": {
    ko: "‘동의하고 계속 이용하기’를 누르시면 {from}부터 월 {price}(부가세 포함) 결제와 약관 {version}에 동의하시는 것입니다.",
    en: "By choosing “Agree and continue” you agree to pay {price} a month (VAT included) from {from}, under terms {version}.",
  },
  "price.go": { ko: "동의하고 계속 이용하기", en: "Agree and continue" },
  "price.stop": { ko: "동의하지 않고 그만두기", en: "Decline and stop" },
  "price.later": {
    ko: "답하지 않으시면 동의하지 않으신 것으로 보고 결제하지 않습니다.",
    en: "If you do not answer, we take it that you do not agree, and you will not be charged.",
  },
  "price.agreed": {
    ko: "{agreed}에 요금 변경에 동의하셨습니다. {from}부터 월 {price}이 결제됩니다.",
    en: "You agreed to the price change on {agreed}. You will be charged {price} a month from {from}.",
  },

  "cancel.title": { ko: "구독을 취소하시겠습니까?", en: "Cancel your subscription?" },
  "cancel.until": {
    ko: "{date}까지는 지금처럼 이용할 수 있습니다.",
    en: "You keep your access until {date}.",
  },
  "cancel.untilToday": {
    ko: "오늘({date}) 밤 12시까지 이용할 수 있습니다.",
    en: "You keep your access until midnight tonight ({date}, Korean time).",
  },
  "cancel.now": {
    ko: "결제하신 기간이 {date}에 끝났기 때문에, 취소하시면 이용이 바로 종료됩니다.",
    en: "The period you paid for ended on {date}, so your access ends as soon as you cancel.",
  },
  "cancel.again": {
    ko: "취소를 철회할 수는 없지만, 원하시면 바로 다시 구독하실 수 있습니다.",
    en: "The cancellation cannot be withdrawn, but you can subscribe again right away.",
  },
  "cancel.noCharge": { ko: "더 이상 결제되지 않습니다.", en: "No further payments will be taken." },
  "cancel.noRefund": {
    ko: "이미 결제한 금액은 환불되지 않습니다.",
    en: "Payments already made are not refunded.",
  },
  "cancel.withdraw": {
    ko: "다만, 결제 후 7일 이내에는 아래로 연락해 청약철회(환불)를 요청하실 수 있습니다.",
    en: "However, within 7 days of a payment you may contact us to withdraw and ask for a refund.",
  },
  "cancel.resume": {
    ko: "그날까지는 언제든지 취소를 철회할 수 있습니다.",
    en: "You can withdraw your cancellation at any time until then.",
  },
  "cancel.go": { ko: "취소 신청하기", en: "Cancel subscription" },
  "cancel.stay": { ko: "계속 이용하기", en: "Keep subscription" },

  "leave.ask": { ko: "회원 탈퇴", en: "Delete my account" },
  "leave.title": { ko: "탈퇴하시겠습니까?", en: "Delete your account?" },
  "leave.until": {
    ko: "{date}까지 남은 이용 기간이 바로 종료됩니다.",
    en: "Your access ends now, although it is paid until {date}.",
  },
  "leave.withdraw": {
    ko: "환불(청약철회)을 요청하시려면 탈퇴하기 전에 고객센터로 연락해 주세요.",
    en: "If you want to withdraw and ask for a refund, please contact us before you delete your account.",
  },
  "leave.gone": {
    ko: "계정, 카드 등록 정보, 구독 정보가 모두 삭제됩니다.",
    en: "Your account, your registered card and your subscription are deleted.",
  },
  "leave.kept": {
    ko: "계약과 결제 기록은 법에 따라 이름과 카드 번호 없이 5년 동안 보관한 뒤 삭제됩니다.",
    en: "By law, records of contracts and payments are kept for five years, without your name or card number.",
  },
  "leave.final": { ko: "탈퇴는 되돌릴 수 없습니다.", en: "This cannot be undone." },
  "leave.understood": { ko: "위 내용을 모두 확인했습니다.", en: "I have read and understood all of this." },
  "leave.go": { ko: "탈퇴하기", en: "Delete account" },
  "leave.stay": { ko: "돌아가기", en: "Go back" },
  "leave.done": {
    ko: "탈퇴가 접수되었습니다. 남은 처리가 끝나는 대로 모든 정보가 삭제되며, 보통 몇 분 안에 끝납니다.",
    en: "Your account is being deleted. Everything goes as soon as nothing is pending, usually within minutes.",
  },

  "card.title": { ko: "카드 변경", en: "Change card" },
  "card.lead": {
    ko: "새 카드를 등록하면 다음 결제부터 새 카드로 결제됩니다. 등록만으로는 결제되지 않습니다.",
    en: "Your next payment will be charged to the new card. Registering it costs nothing.",
  },
  "card.leadPastDue": {
    ko: "새 카드를 등록하면 밀린 결제를 새 카드로 바로 시도합니다.",
    en: "We will retry the overdue payment with your new card right away.",
  },
  "card.go": { ko: "새 카드 등록하기", en: "Register new card" },
  "card.close": { ko: "닫기", en: "Close" },

  "expiry.title": { ko: "카드 유효기간", en: "Card expiry date" },
  "expiry.lead": {
    ko: "유효기간을 알려 주시면 만료되기 한 달 전에 안내해 드립니다. 카드 번호는 받지 않습니다.",
    en: "Tell us when your card expires and we will remind you a month before. We do not ask for your card number.",
  },
  "expiry.month": { ko: "유효기간 (월/년)", en: "Expiry date (month/year)" },
  "expiry.wrong": {
    ko: "카드에 적힌 대로 입력해 주세요. 예: 05/29",
    en: "Enter it as printed on your card, for example 05/29.",
  },
  "expiry.go": { ko: "저장", en: "Save" },
  "expiry.until": { ko: "{date}까지 유효", en: "valid until {date}" },
  "expiry.ask": { ko: "유효기간 등록", en: "Add expiry date" },
  "expiry.change": { ko: "유효기간 수정", en: "Change expiry date" },

  "payments.title": { ko: "결제 내역", en: "Payment history" },
  "payments.none": { ko: "결제 내역이 없습니다.", en: "No payments yet." },
  "payments.date": { ko: "결제일", en: "Date" },
  "payments.amount": { ko: "금액", en: "Amount" },
  "payments.period": { ko: "이용 기간", en: "Period" },
  "payments.card": { ko: "카드", en: "Card" },
  "payments.receipt": { ko: "영수증", en: "Receipt" },
  "payments.receiptOf": {
    ko: "{date} 결제 영수증 (새 창)",
    en: "Receipt for {date} (opens in a new window)",
  },
  "payments.noReceipt": { ko: "없음", en: "None" },
  "payments.refunded": { ko: "{amount} 환불됨", en: "{amount} refunded" },
  "payments.more": { ko: "더 보기", en: "Show more" },

  "retry.go": { ko: "지금 다시 결제", en: "Try the payment again now" },
  "retry.paid": { ko: "결제되었습니다. 계속 이용하실 수 있습니다.", en: "The payment went through. Your access continues." },
  "retry.declined": {
    ko: "다시 시도했지만 결제가 승인되지 않았습니다.",
    en: "We tried again, but the payment was declined.",
  },
  "retry.next": {
    ko: "{date}에 자동으로 다시 시도합니다. 그 전에 카드를 변경하셔도 됩니다.",
    en: "We will try again automatically on {date}. You can also change your card before then.",
  },
  "retry.noNext": {
    ko: "더 이상 자동으로 시도하지 않습니다. 카드를 변경해 주세요.",
    en: "There will be no further automatic attempt. Please change your card.",
  },
  "retry.pending": {
    ko: "결제 결과를 확인 중입니다. 결과가 나오면 자동으로 표시됩니다.",
    en: "We are checking the payment. The result will appear here automatically.",
  },
  "retry.notNow": {
    ko: "지금은 다시 결제할 수 없습니다. {date} 자동 결제를 기다리시거나 카드를 변경해 주세요.",
    en: "It cannot be tried again now. Wait for the automatic attempt on {date}, or change your card.",
  },
  "retry.notThisCard": {
    ko: "이 카드로는 다시 결제할 수 없습니다. 카드를 변경해 주세요.",
    en: "This card cannot be charged again. Please change your card.",
  },

  "free.until": { ko: "무료 이용: {date}까지", en: "Free access until {date}" },
  "free.more": {
    ko: "그때까지 결제 없이 이용할 수 있습니다. 그 전에 구독하시면 바로 결제되고, 남은 날은 이용 기간에 더해집니다.",
    en: "No payment is needed until then. If you subscribe before, you are charged at once and the days that are left are added.",
  },
} as const;
