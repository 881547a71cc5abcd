// Words of the frame around every page, of signing in, and of the clock bar on one machine.

export const APP = {
  "app.name": { ko: "구독", en: "Gudok" },
  "app.skip": { ko: "본문으로 건너뛰기", en: "Skip to content" },
  "app.menu": { ko: "주 메뉴", en: "Main menu" },
  "app.otherLanguage": { ko: "English", en: "한국어" },
  "app.loading": { ko: "불러오는 중입니다.", en: "Loading…" },
  "app.broken": {
    ko: "화면을 불러오지 못했습니다. 새로고침해 주세요.",
    en: "This page could not be loaded. Please reload.",
  },
  "app.reload": { ko: "새로고침", en: "Reload" },
  "app.retry": { ko: "다시 시도", en: "Try again" },
  "app.notFound": { ko: "찾으시는 화면이 없습니다.", en: "Page not found" },
  "app.home": { ko: "처음으로", en: "Home" },
  "app.offline": {
    ko: "서버에 연결할 수 없습니다. 인터넷 연결을 확인하고 다시 시도해 주세요.",
    en: "Could not reach the server. Check your connection and try again.",
  },
  "app.againAt": { ko: "{time}부터 다시 시도할 수 있습니다.", en: "You can try again from {time}." },

  "app.contact": { ko: "고객센터", en: "Contact us:" },

  "business.title": { ko: "사업자 정보", en: "Business information" },
  "business.name": { ko: "상호", en: "Company" },
  "business.representative": { ko: "대표자", en: "Representative" },
  "business.registration": { ko: "사업자등록번호", en: "Business registration no." },
  "business.mailOrder": { ko: "통신판매업 신고번호", en: "Mail-order business report no." },
  "business.address": { ko: "주소", en: "Address" },
  "business.phone": { ko: "고객센터", en: "Telephone" },
  "business.email": { ko: "이메일", en: "E-mail" },
  "business.hours": { ko: "운영 시간", en: "Hours" },
  "business.hosting": { ko: "호스팅 제공자", en: "Hosting provider" },
  "paper.terms": { ko: "이용약관", en: "Terms of service" },
  "paper.privacy": { ko: "개인정보 처리방침", en: "Privacy notice" },
  "paper.version": { ko: "버전 {version}", en: "Version {version}" },
  "paper.newTab": { ko: "{name} (새 창)", en: "{name} (opens in a new window)" },

  "admin.title": { ko: "관리자", en: "Admin" },
  "admin.only": { ko: "관리자만 이용할 수 있습니다.", en: "This page is for admins only." },

  "nav.subscribe": { ko: "구독하기", en: "Subscribe" },
  "nav.me": { ko: "내 구독", en: "My subscription" },
  "nav.admin": { ko: "관리자", en: "Admin" },
  "nav.signIn": { ko: "로그인", en: "Sign in" },
  "nav.signOut": { ko: "로그아웃", en: "Sign out" },

  "sign.in": { ko: "로그인", en: "Sign in" },
  "sign.up": { ko: "회원가입", en: "Sign up" },
  "sign.email": { ko: "이메일", en: "E-mail" },
  "sign.password": { ko: "비밀번호", en: "Password" },
  "sign.passwordRule": { ko: "8자 이상 입력해 주세요.", en: "At least 8 characters" },
  "sign.name": { ko: "이름", en: "Name" },
  "sign.paper": {
    ko: "로그인과 구독 제공을 위해 이름, 이메일, 비밀번호만 받습니다. 만 14세 이상만 가입할 수 있습니다.",
    en: "We ask for your name, e-mail and password only, to sign you in and provide your subscription. You must be at least 14 years old.",
  },
  "sign.showPassword": { ko: "비밀번호 표시", en: "Show password" },
  "sign.new": { ko: "아직 회원이 아니신가요?", en: "Not a member yet?" },
  "sign.known": { ko: "이미 회원이신가요?", en: "Already a member?" },
  "sign.forgot": { ko: "비밀번호 재설정 메일 받기", en: "Send a password reset e-mail" },
  "sign.resetSent": {
    ko: "가입된 이메일이라면 비밀번호 재설정 메일을 보냈습니다. 메일함을 확인해 주세요.",
    en: "If an account exists for this address, we have sent a password reset e-mail. Please check your inbox.",
  },
  "sign.expired": {
    ko: "로그인이 만료되었습니다. 다시 로그인해 주세요.",
    en: "Your session has expired. Please sign in again.",
  },
  "sign.needed": { ko: "로그인이 필요한 화면입니다.", en: "Please sign in to see this page." },
  "sign.local": {
    ko: "이 컴퓨터에서 시험할 때: member@example.com / member1234, 관리자는 admin@example.com / admin1234",
    en: "For testing on this machine: member@example.com / member1234, admin: admin@example.com / admin1234",
  },
  "sign.againPassword": { ko: "{email}의 비밀번호", en: "Password for {email}" },
  "sign.againGo": { ko: "다시 로그인", en: "Sign in again" },
  "sign.againDone": {
    ko: "다시 로그인했습니다. 버튼을 한 번 더 눌러 주세요.",
    en: "You are signed in again. Please press the button once more.",
  },
  "sign.error.credential": {
    ko: "이메일 또는 비밀번호가 올바르지 않습니다.",
    en: "Incorrect e-mail or password.",
  },
  "sign.error.taken": {
    ko: "이미 가입된 이메일입니다. 로그인해 주세요.",
    en: "An account with this e-mail already exists. Please sign in.",
  },
  "sign.error.weak": {
    ko: "비밀번호가 너무 짧습니다. 8자 이상 입력해 주세요.",
    en: "Your password is too short. Use at least 8 characters.",
  },
  "sign.error.password": { ko: "비밀번호를 입력해 주세요.", en: "Please enter your password." },
  "sign.error.email": { ko: "이메일 주소를 확인해 주세요.", en: "Please enter a valid e-mail address." },
  "sign.error.name": { ko: "이름을 입력해 주세요.", en: "Please enter your name." },
  "sign.error.disabled": {
    ko: "이용이 정지된 계정입니다. 고객센터에 문의해 주세요.",
    en: "This account has been disabled. Please contact support.",
  },
  "sign.error.tooMany": {
    ko: "시도가 너무 많습니다. 잠시 후 다시 시도해 주세요.",
    en: "Too many attempts. Please try again later.",
  },
  "sign.error.other": {
    ko: "로그인하지 못했습니다. 잠시 후 다시 시도해 주세요.",
    en: "Could not sign you in. Please try again later.",
  },

  "local.bar": { ko: "로컬 시험 도구", en: "Local testing tools" },
  "local.now": { ko: "시뮬레이션 시각", en: "Simulated time" },
  "local.day": { ko: "하루 건너뛰기", en: "Skip a day" },
  "local.payment": { ko: "다음 결제일로", en: "Skip to next payment" },
  "local.month": { ko: "한 달 건너뛰기", en: "Skip a month" },
  "local.simulator": { ko: "시뮬레이터", en: "Simulator" },
  "local.failed": { ko: "시계를 옮기지 못했습니다.", en: "Could not move the clock." },
} as const;
