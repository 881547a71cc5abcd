//! What is said of an import: one line of JSON a row for programs, a summary for people.

use crate::{Conflict, Outcome, Refused};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What became of one row, as the report has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its line in the file.
    pub line: u64,
    /// The member's uid, or what stands in the row instead.
    pub who: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How many rows came to what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows of the file.
    pub rows: usize,
    /// By outcome.
    pub outcomes: BTreeMap<&'static str, usize>,
    /// By conflict.
    pub conflicts: BTreeMap<&'static str, usize>,
    /// By reason of refusal.
    pub refused: BTreeMap<String, usize>,
    /// What the other system charged twice, in won.
    pub charged_twice: u64,
    /// By date, how many payments are due next of those who were taken over or could be.
    pub next: BTreeMap<Date, usize>,
}

/// Counts these.
pub fn summary(lines: &[Line]) -> Summary {
    let mut said = Summary { rows: lines.len(), ..Summary::default() };
    let count = |counted: &mut usize| *counted = counted.saturating_add(1);
    for line in lines {
        count(said.outcomes.entry(line.outcome.name()).or_default());
        for conflict in line.outcome.conflicts() {
            count(said.conflicts.entry(conflict.name()).or_default());
            if let Conflict::PaidTwice { give_back } = conflict {
                let sum =
                    give_back.iter().fold(0_u64, |sum, (_, won)| sum.saturating_add(won.get()));
                said.charged_twice = said.charged_twice.saturating_add(sum);
            }
        }
        match &line.outcome {
            Outcome::Refused { reason, .. } => {
                count(said.refused.entry(name_of(*reason)).or_default());
            }
            Outcome::Ready { next: Some(next), .. }
            | Outcome::TakenOver { next: Some(next), .. } => {
                count(said.next.entry(*next).or_default());
            }
            Outcome::Ready { .. }
            | Outcome::TakenOver { .. }
            | Outcome::Conflict { .. }
            | Outcome::Done
            | Outcome::HandedBack
            | Outcome::Waits
            | Outcome::TooLate
            | Outcome::Trouble { .. } => {}
        }
    }
    said
}

fn name_of(reason: Refused) -> String {
    serde_json::to_value(reason)
        .ok()
        .and_then(|it| it.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl Summary {
    /// Whether every row was taken over or can be, or was before.
    pub fn is_clean(&self) -> bool {
        ["conflict", "refused", "trouble", "waits", "too_late"]
            .iter()
            .all(|name| !self.outcomes.contains_key(name))
    }

    /// For a manager: Korean, then English.
    pub fn for_people(&self) -> String {
        let mut text = format!("{} rows · {}건\n", self.rows, self.rows);
        for (name, many) in &self.outcomes {
            let (korean, english) = outcome(name);
            line(&mut text, *many, korean, english);
        }
        for (title, counted) in [
            (
                "확인이 필요한 항목 / conflicts",
                self.conflicts
                    .iter()
                    .map(|(it, many)| ((*it).to_owned(), *many))
                    .collect::<BTreeMap<_, _>>(),
            ),
            ("이관할 수 없는 이유 / refused", self.refused.clone()),
        ] {
            if !counted.is_empty() {
                _ = writeln!(text, "\n{title}");
                for (name, many) in counted {
                    let (korean, english) = reason(&name);
                    line(&mut text, many, &format!("{korean} ({name})"), english);
                }
            }
        }
        if self.charged_twice > 0 {
            _ = writeln!(
                text,
                "\n이전 시스템이 두 번 결제한 금액: {} won. 보고서의 give_back을 아임포트 콘솔에서 환불해 주세요.\nCharged twice by the other system: {} won. Give back what the report lists as give_back, at Iamport's console.",
                self.charged_twice, self.charged_twice
            );
        }
        let mut next = self.next.iter();
        if let Some((date, many)) = next.next() {
            _ = writeln!(text, "\n첫 결제일 / first payments: {date}, {many}");
        }
        text
    }
}

fn line(text: &mut String, many: usize, korean: &str, english: &str) {
    _ = writeln!(text, "{many:>8}  {korean} / {english}");
}

/// What an outcome is called.
fn outcome(name: &str) -> (&'static str, &'static str) {
    match name {
        "ready" => ("이관할 수 있음", "ready"),
        "taken_over" => ("이관됨", "taken over"),
        "done" => ("이미 이관됨", "taken over before"),
        "conflict" => ("확인 필요", "a person has to look"),
        "refused" => ("이관할 수 없음", "cannot be taken over"),
        "handed_back" => ("이전 시스템으로 되돌림", "handed back"),
        "waits" => ("아직 정리하는 중, 다시 실행", "not finished yet: run it again"),
        "too_late" => ("이미 결제되어 되돌릴 수 없음", "charged here: not handed back"),
        _ => ("응답 없음, 다시 실행", "no answer: run it again"),
    }
}

/// What a conflict or a refusal is called.
fn reason(name: &str) -> (&'static str, &'static str) {
    match name {
        "no_key" => ("카드(빌링키)가 아임포트에 없음", "Iamport has no such billing key"),
        "two_schedules" => ("예약 결제가 둘 이상", "more than one schedule stands"),
        "another_date" => ("예약 결제일이 다름", "a schedule stands for another date"),
        "another_price" => ("결제 금액이 다름", "the amount differs from the price"),
        "issue_counted" => {
            ("카드 등록 기록이 결제로 집계됨", "a key's record was counted as a payment")
        }
        "no_payment_seen" => ("이번 기간의 결제가 없음", "no payment of this period is to be seen"),
        "paid_twice" => ("이번 기간에 두 번 결제됨", "this period was paid twice"),
        "no_account" => ("Firebase 계정이 없음", "there is no such account"),
        "unknown_plan" => ("등록되지 않은 요금제", "there is no such plan"),
        "same_member" => ("같은 회원이 파일에 두 번 있음", "the member is in the file twice"),
        "same_key" => ("다른 회원의 카드(빌링키)와 같음", "another member has the key"),
        "our_key" => ("Gudok이 발급한 카드(빌링키)", "the key is one of ours"),
        "already_subscribed" => ("이미 구독 중인 회원", "a subscription goes on here already"),
        "over" => ("이용 기간이 끝남", "what was paid is over"),
        "due_now" => (
            "결제일이 오늘이거나 지남, 내일 다시 실행",
            "the payment is due: run it again tomorrow",
        ),
        "paid_since" => {
            ("다음 기간까지 이미 결제됨", "the period after it is paid: the row is not the last")
        }
        "another_day" => (
            "결제 기준일과 다음 결제일이 맞지 않음",
            "the anchor day does not lead to the next date",
        ),
        _ => ("잘못된 값", "a value that the column cannot have"),
    }
}
