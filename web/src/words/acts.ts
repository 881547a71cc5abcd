// Words of what an admin does about a member's subscription.

export const ACTS = {
  "desk.menu": { ko: "처리", en: "Actions" },
  "desk.days": { ko: "며칠", en: "How many days" },
  "desk.daysHint": { ko: "1일부터 366일까지", en: "1 to 366" },
  "desk.daysWrong": { ko: "1부터 366까지의 숫자를 입력해 주세요.", en: "Please enter a number from 1 to 366." },
  "desk.whose": { ko: "회원 {uid}", en: "Member {uid}" },
  "desk.after": { ko: "처리 후", en: "After this" },
  "desk.until": { ko: "이용 가능 기간", en: "Access until" },
  "desk.next": { ko: "다음 결제", en: "Next payment" },
  "desk.to": { ko: "변경 후:", en: "changes to" },
  "desk.same": { ko: "{value} (그대로)", en: "{value} (unchanged)" },
  "desk.noAccess": { ko: "이용 불가", en: "No access" },
  "desk.atOnce": { ko: "지금 바로", en: "At once" },
  "desk.endsNow": { ko: "지금 바로 종료", en: "Ends at once" },
  "desk.noNext": { ko: "없음", en: "None" },
  "desk.needsDays": {
    ko: "일수를 입력하면 처리 후의 날짜를 보여 드립니다.",
    en: "Enter the days to see the dates that follow.",
  },
  "desk.looking": { ko: "처리 후의 모습을 확인하는 중입니다.", en: "Checking what would follow." },
  "desk.lost": {
    ko: "처리되었는지 알 수 없습니다. 다시 눌러도 두 번 처리되지 않습니다.",
    en: "It may or may not have been done. Trying again does not do it twice.",
  },
  "desk.lostTry": {
    ko: "처리되었는지 알 수 없습니다. 이력을 확인한 뒤 다시 눌러 주세요. 같은 기간이 두 번 결제되지는 않습니다.",
    en: "It may or may not have been done. Check the history before trying again. No period is paid twice.",
  },
  "desk.anotherDate": {
    ko: "방금 누른 처리가 이미 반영되었을 수 있으니 이력을 확인해 주세요. 그래도 필요하면 바뀐 날짜로 이어서 처리할 수 있습니다.",
    en: "What you just did may have been done already: please check the history. If it is still needed, go on with the new date.",
  },
  "desk.withNewDate": { ko: "바뀐 날짜로 다시 확인", en: "Check with the new date" },
  "desk.done": { ko: "처리했습니다: {what}", en: "Done: {what}" },
  "desk.tried.paid": { ko: "결제되었습니다.", en: "The payment went through." },
  "desk.tried.declined": {
    ko: "다시 시도했지만 승인되지 않았습니다: {reason}",
    en: "Tried again, and declined: {reason}",
  },
  "desk.tried.open": {
    ko: "결제 결과를 확인하고 있습니다. 결과는 이력에 표시됩니다.",
    en: "The outcome is not known yet. It will appear in the history.",
  },

  "desk.cancel": { ko: "구독 취소", en: "Cancel subscription" },
  "desk.cancel.title": { ko: "회원 대신 구독 취소", en: "Cancel on the member’s behalf" },
  "desk.cancel.go": { ko: "구독 취소하기", en: "Cancel subscription" },
  "desk.cancel.note": {
    ko: "더 이상 결제되지 않고, 남은 기간은 이용할 수 있습니다. 그날까지 철회할 수 있습니다.",
    en: "No further payments are taken. Access lasts until that date, and until then this can be withdrawn.",
  },
  "desk.cancel.more": {
    ko: "이미 결제한 금액은 환불되지 않습니다. 필요하면 결제 내역에서 환불해 주세요.",
    en: "Payments already made are not refunded. Refund one in the payment history if needed.",
  },
  "desk.resume": { ko: "취소 철회", en: "Withdraw cancellation" },
  "desk.resume.title": { ko: "회원 대신 취소 철회", en: "Withdraw the cancellation for the member" },
  "desk.resume.go": { ko: "취소 철회하기", en: "Withdraw cancellation" },
  "desk.resume.note": {
    ko: "구독이 계속되고, 다음 결제일에 등록된 카드로 결제됩니다.",
    en: "The subscription goes on, and the registered card is charged on the next payment date.",
  },
  "desk.resume.more": {
    ko: "이미 결제된 기간은 그대로이고, 지금 결제되지는 않습니다.",
    en: "What is paid for already stays, and nothing is charged now.",
  },
  "desk.end_now": { ko: "즉시 종료", en: "End at once" },
  "desk.end_now.title": { ko: "이용 즉시 종료", en: "End access at once" },
  "desk.end_now.go": { ko: "즉시 종료하기", en: "End at once" },
  "desk.end_now.note": {
    ko: "바로 이용이 종료됩니다. 되돌릴 수 없습니다.",
    en: "Access ends at once. This cannot be undone.",
  },
  "desk.end_now.more": {
    ko: "더 이상 결제되지 않습니다. 환불은 되지 않으니, 필요하면 결제 내역에서 환불해 주세요.",
    en: "No further payments are taken. Nothing is refunded by this; refund in the payment history if needed.",
  },
  "desk.give_days": { ko: "이용일 주기", en: "Give days" },
  "desk.give_days.title": { ko: "이용일 주기", en: "Give days" },
  "desk.give_days.go": { ko: "{days}일 주기", en: "Give {days} days" },
  "desk.give_days.note": {
    ko: "그만큼 더 이용할 수 있고, 다음 결제도 그만큼 늦춰집니다.",
    en: "Access lasts so many days longer, and the next payment is as many days later.",
  },
  "desk.give_days.more": {
    ko: "준 날짜는 되돌릴 수 없습니다.",
    en: "Days given cannot be taken back.",
  },
  "desk.let_in": { ko: "무료 이용 주기", en: "Give free access" },
  "desk.let_in.title": { ko: "무료 이용 주기", en: "Give free access" },
  "desk.let_in.go": { ko: "{days}일 무료 이용 주기", en: "Give {days} days free" },
  "desk.let_in.note": {
    ko: "카드 등록도 결제도 없이 그날까지 이용할 수 있고, 그 뒤에는 저절로 끝납니다.",
    en: "Access until that date without a card and without a payment; it ends by itself.",
  },
  "desk.let_in.more": {
    ko: "그 전에 구독하면 바로 결제되고, 남은 날은 이용 기간에 더해집니다.",
    en: "Whoever subscribes before is charged at once, and the days that are left are added.",
  },
  "desk.try_again": { ko: "결제 다시 시도", en: "Try the payment again" },
  "desk.try_again.title": { ko: "결제 다시 시도", en: "Try the payment again" },
  "desk.try_again.go": { ko: "지금 다시 결제하기", en: "Charge again now" },
  "desk.try_again.note": {
    ko: "실패한 {amount} 결제를 등록된 카드로 지금 바로 시도합니다.",
    en: "The payment of {amount} that failed is tried at once with the registered card.",
  },
  "desk.try_again.more": {
    ko: "승인되지 않아도 자동 재시도는 예정대로 이어집니다.",
    en: "If it is declined, automatic retries go on as planned.",
  },
  "desk.ask_for_card": { ko: "카드 변경 요청", en: "Ask for another card" },
  "desk.ask_for_card.title": { ko: "카드 변경 요청", en: "Ask for another card" },
  "desk.ask_for_card.go": { ko: "카드 변경 요청하기", en: "Ask for another card" },
  "desk.ask_for_card.note": {
    ko: "회원에게 다른 카드를 등록하라는 안내를 보내도록 요청합니다. 하루에 한 번만 전달됩니다.",
    en: "Has the member be asked to register another card. Passed on once a day.",
  },
  "desk.ask_for_card.more": {
    ko: "이용 기간과 결제 예정은 바뀌지 않습니다.",
    en: "Access and payments stay as they are.",
  },
  "desk.erase": { ko: "회원 탈퇴", en: "Delete account" },

  "member.free": { ko: "무료 이용", en: "Free access" },
  "member.given": { ko: "추가된 이용일 {days}일", en: "{days} days added" },
  "desk.stranger": { ko: "아직 구독한 적이 없는 계정입니다.", en: "This account has never subscribed." },

  "refund.amount": { ko: "환불할 금액 (원)", en: "Amount to refund (won)" },
  "refund.amountHint": { ko: "1원부터 {left}까지", en: "From ₩1 to {left}" },
  "refund.amountWrong": {
    ko: "1부터 {left} 사이의 금액을 숫자로 입력해 주세요.",
    en: "Please enter an amount from 1 to {left}, in whole won.",
  },
  "refund.part": {
    ko: "{all} 중 {amount} 환불, 남는 금액 {rest}. 되돌릴 수 없습니다.",
    en: "{amount} of {all} is refunded, {rest} is left. This cannot be undone.",
  },
  "refund.end": { ko: "구독도 즉시 종료", en: "End the subscription, too" },
  "refund.ends": {
    ko: "바로 이용이 종료되고 더 이상 결제되지 않습니다. 되돌릴 수 없습니다.",
    en: "Access ends at once and no further payments are taken. This cannot be undone.",
  },
  "refund.goEnd": { ko: "{amount} 환불하고 종료하기", en: "Refund {amount} and end" },
  "refund.goNone": { ko: "환불하기", en: "Refund" },
  "refund.waits": {
    ko: "{amount} 환불이 접수되었습니다. 다른 관리자가 ‘확인 필요’에서 승인해야 환불됩니다.",
    en: "The refund of {amount} is recorded. Another admin has to agree to it under Reviews.",
  },
  "refund.waitsEnd": {
    ko: "구독은 종료되지 않았습니다. 필요하면 승인된 뒤 따로 종료해 주세요.",
    en: "The subscription was not ended. If needed, end it once the refund is agreed to.",
  },
  "refund.later": {
    ko: "{amount} 환불이 접수되었습니다. 아임포트가 응답하는 대로 환불됩니다.",
    en: "The refund of {amount} is recorded. It is made once Iamport answers.",
  },
  "refund.gone": { ko: "{amount} 환불이 완료되었습니다.", en: "{amount} was refunded." },

  "agree.by": { ko: "요청한 관리자", en: "Asked by" },
  "agree.reason": { ko: "요청 사유", en: "Reason given" },
  "agree.another": {
    ko: "본인이 요청한 환불입니다. 다른 관리자가 승인해야 합니다.",
    en: "You asked for this refund. Another admin has to agree to it.",
  },
  "agree.refund": { ko: "환불 승인하기", en: "Agree to the refund" },
  "agree.dismiss": { ko: "승인하지 않기", en: "Do not agree" },
  "agree.withdraw": { ko: "요청 철회하기", en: "Withdraw the request" },
  "agree.go.refund": { ko: "{amount} 환불 승인하기", en: "Agree to refund {amount}" },
  "agree.meaning.refund": {
    ko: "이 결제에서 환불된 금액이 모두 {amount}이 되도록 환불합니다. 되돌릴 수 없습니다.",
    en: "Refunds until {amount} of this payment has gone back in all. This cannot be undone.",
  },
  "agree.meaning.dismiss": { ko: "환불하지 않고 이 요청을 닫습니다.", en: "Closes this request. Nothing is refunded." },
} as const;
