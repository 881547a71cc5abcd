// The app's own terms and privacy notice: what this software does with money and with data, in the site's name. A site
// that has its own names them in the configuration, and these are not shown. Loaded with their page only.

import type { Language } from "../words/strings";

export type Paper = "terms" | "privacy";

interface Section {
  title: Record<Language, string>;
  lines: Record<Language, string>[];
}

export const TERMS: Section[] = [
  {
    title: { ko: "1. 계약의 상대방", en: "1. Who you contract with" },
    lines: [
      {
        ko: "이 약관은 {company}(이하 ‘회사’)가 제공하는 유료 구독에 적용됩니다. 회사의 정보와 연락처는 화면 아래에 있습니다.",
        en: "These terms apply to the paid subscription offered by {company} (“we”). Our details are at the bottom of this page.",
      },
    ],
  },
  {
    title: { ko: "2. 요금과 결제", en: "2. Price and payment" },
    lines: [
      {
        ko: "요금은 구독 화면에 표시된 월 금액이며 부가가치세가 포함되어 있습니다.",
        en: "The price is the monthly amount shown when you subscribe, with VAT included.",
      },
      {
        ko: "첫 결제는 카드 등록 직후에, 그 뒤로는 매월 같은 날에 등록하신 카드로 이루어집니다. 그 날짜가 없는 달에는 말일에 결제됩니다.",
        en: "The first payment is taken right after your card is registered, and then on the same day each month, or on the last day of a month that has no such day.",
      },
      {
        ko: "결제가 승인되지 않으면 며칠에 걸쳐 다시 시도합니다. 그동안에는 ‘내 구독’에 표시된 날까지 이용하실 수 있고, 그때까지 결제되지 않으면 이용이 종료됩니다.",
        en: "If a payment is declined we try again over some days. Meanwhile you keep your access until the date shown under “My subscription”; if it is not paid by then, your access ends.",
      },
    ],
  },
  {
    title: { ko: "3. 취소(해지)", en: "3. Cancelling" },
    lines: [
      {
        ko: "언제든지 ‘내 구독’의 ‘구독 취소’에서 취소하실 수 있습니다. 취소하시면 더 이상 결제되지 않고, 이미 결제하신 기간은 끝까지 이용하실 수 있습니다.",
        en: "You can cancel at any time under “My subscription”. No further payments are taken, and you keep your access until the end of the period you have paid for.",
      },
      {
        ko: "결제하신 기간의 마지막 날까지는 취소를 철회하실 수 있습니다.",
        en: "You can withdraw your cancellation until the last day of that period.",
      },
    ],
  },
  {
    title: { ko: "4. 청약철회와 환불", en: "4. Withdrawal and refunds" },
    lines: [
      {
        ko: "결제 후 7일 이내에는 화면 아래의 고객센터로 청약철회를 요청하실 수 있습니다. 요청하신 날부터 3영업일 이내에 결제하신 수단으로 환불해 드립니다.",
        en: "Within 7 days of a payment you may withdraw by contacting us as shown at the bottom of this page. We refund within 3 business days of your request, to the card that was charged.",
      },
      {
        ko: "이미 이용하신 콘텐츠 등 전자상거래 등에서의 소비자보호에 관한 법률 제17조가 정한 경우에는 청약철회가 제한될 수 있습니다. 그 밖에는 이미 결제하신 금액이 환불되지 않습니다.",
        en: "Article 17 of the E-Commerce Act limits withdrawal in some cases, such as content already used. Otherwise payments already made are not refunded.",
      },
      {
        ko: "잘못 결제된 금액은 기간과 관계없이 모두 환불해 드립니다.",
        en: "Anything charged by mistake is refunded in full, however long ago it was.",
      },
    ],
  },
  {
    title: { ko: "5. 요금의 변경", en: "5. Changes of price" },
    lines: [
      {
        ko: "요금이 오를 때에는 오른 요금이 결제되기 전 30일 이내에 안내하고 동의를 받습니다. 동의하지 않거나 답하지 않으시면 결제되지 않으며, 이미 결제하신 기간이 끝나면 구독이 종료됩니다.",
        en: "If the price goes up, we tell you within the 30 days before it is charged and ask for your consent. If you do not agree or do not answer, you are not charged, and your subscription ends with the period you have paid for.",
      },
    ],
  },
  {
    title: { ko: "6. 탈퇴와 분쟁", en: "6. Leaving, and disputes" },
    lines: [
      {
        ko: "‘내 구독’의 ‘회원 탈퇴’에서 탈퇴하실 수 있습니다. 법에 따라 보관하는 기록을 빼고 모든 정보가 삭제됩니다.",
        en: "You can delete your account under “My subscription”. Everything is deleted but the records that the law has us keep.",
      },
      {
        ko: "불만이나 분쟁은 먼저 고객센터로 알려 주시기 바랍니다. 1372 소비자상담센터와 한국소비자원에 상담이나 분쟁조정을 신청하실 수도 있습니다.",
        en: "Please tell us first about complaints. You can also turn to the Consumer Counselling Center (1372) and the Korea Consumer Agency.",
      },
    ],
  },
];

export const PRIVACY: Section[] = [
  {
    title: { ko: "1. 처리하는 개인정보와 목적", en: "1. What we process, and why" },
    lines: [
      {
        ko: "회원가입: 이름, 이메일, 비밀번호(암호화). 로그인과 본인의 구독을 보여 드리기 위해 처리합니다.",
        en: "Signing up: name, e-mail address, password (as a digest). To sign you in and show you your subscription.",
      },
      {
        ko: "구독: 상품, 금액, 결제일, 동의하신 내용과 시각, 카드사 이름과 가려진 카드 번호. 결제와 환불, 법에 따른 보관을 위해 처리합니다.",
        en: "Subscribing: plan, amounts, dates of payments, what you agreed to and when, the card’s issuer and its masked number. To charge, to refund, and because the law has us keep it.",
      },
      {
        ko: "카드 번호는 KG이니시스의 화면에 직접 입력하시며 회사에 전달되지 않습니다. 그때 입력하시는 이름과 휴대폰 번호는 회사 서버에 저장하지 않습니다.",
        en: "You enter your card number in KG Inicis’ own window; it never reaches us. The name and telephone number you enter for it are not stored on our servers.",
      },
    ],
  },
  {
    title: { ko: "2. 보유 기간과 파기", en: "2. How long, and deletion" },
    lines: [
      {
        ko: "회원 탈퇴 때까지 보유하고, 탈퇴하시면 지체 없이 삭제합니다.",
        en: "Until you delete your account; then it is deleted without delay.",
      },
      {
        ko: "계약, 청약철회, 대금결제에 관한 기록은 전자상거래 등에서의 소비자보호에 관한 법률에 따라 이름과 카드 번호 없이 5년 동안 보관한 뒤 자동으로 삭제됩니다.",
        en: "Records of contracts, withdrawals and payments are kept for five years as the E-Commerce Act demands, without your name or card number, and then deleted automatically.",
      },
    ],
  },
  {
    title: { ko: "3. 처리 위탁과 국외 이전", en: "3. Processors, and transfers abroad" },
    lines: [
      {
        ko: "결제 처리: 코리아포트원(아임포트), KG이니시스. 서버 운영: Amazon Web Services(서울).",
        en: "Payments: PortOne (Iamport) and KG Inicis. Servers: Amazon Web Services (Seoul).",
      },
      {
        ko: "로그인: Google(Firebase, 미국)에 이름, 이메일, 로그인 기록이 이전됩니다. 업무 알림: Slack(미국)에 회원 식별자, 금액, 날짜, 결제 실패 사유가 이전됩니다. 가입 또는 결제 때 암호화된 통신으로 전송되며, 거부하시면 로그인과 구독을 이용하실 수 없습니다.",
        en: "Sign-in: your name, e-mail address and sign-ins go to Google (Firebase, USA). Notices to our staff: a member ID, amounts, dates and reasons of declines go to Slack (USA). They are sent encrypted when you sign up or pay; if you object, you cannot sign in or subscribe.",
      },
    ],
  },
  {
    title: { ko: "4. 회원의 권리", en: "4. Your rights" },
    lines: [
      {
        ko: "언제든지 열람, 정정, 삭제, 처리 정지를 요구하실 수 있습니다. ‘내 구독’에서 직접 보거나 탈퇴하실 수 있고, 고객센터로 요청하시면 10일 이내에 답해 드립니다.",
        en: "You may ask at any time to see, correct, delete or stop the processing of your data. You can see it and delete your account under “My subscription”; if you ask us, we answer within 10 days.",
      },
      {
        ko: "만 14세 미만은 가입하실 수 없습니다.",
        en: "You must be at least 14 years old to sign up.",
      },
    ],
  },
  {
    title: { ko: "5. 안전 조치와 쿠키", en: "5. Safety, and cookies" },
    lines: [
      {
        ko: "모든 통신과 저장 자료를 암호화하고, 누가 회원의 정보를 보았는지 기록해 2년 동안 보관합니다.",
        en: "All traffic and all stored data are encrypted. Who looked at a member’s data is recorded and kept for two years.",
      },
      {
        ko: "광고나 추적을 위한 쿠키를 쓰지 않습니다. 브라우저에는 로그인 상태, 언어, 진행 중인 카드 등록, 그리고 등록이 끝날 때까지 입력하신 이름과 휴대폰 번호만 남으며 로그아웃하시면 지워집니다.",
        en: "We use no cookies for advertising or tracking. Your browser keeps your session, your language, a card registration in progress and, until it is done, the name and number you entered for it; signing out removes what is yours.",
      },
    ],
  },
  {
    title: { ko: "6. 개인정보 보호책임자", en: "6. Whom to ask" },
    lines: [
      {
        ko: "{officer} · {phone} · {email}",
        en: "{officer} · {phone} · {email}",
      },
      {
        ko: "개인정보 침해 상담: 개인정보침해신고센터(118), 개인정보 분쟁조정위원회(1833-6972).",
        en: "Complaints about privacy: the Privacy Invasion Report Center (118) and the Personal Information Dispute Mediation Committee (1833-6972).",
      },
    ],
  },
];
