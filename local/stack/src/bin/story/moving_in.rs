//! Moving in: a site whose own server charges is taken over in an evening, by the operator's command, as a process.

use crate::player::{Player, StoryError, say, text};
use billing::{MerchantUid, SEOUL};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// The old server, and the people who live on it.
const TWIN: &str = "examples/express-twin/people.mjs";

/// What a person who has looked at the report takes the file's word for.
const ACCEPTED: &str = "two_schedules,paid_twice,another_price";

/// Where things are: of the stack, and of the files that are made.
pub(super) struct Place {
    pub(super) api_port: u16,
    pub(super) simulator_port: u16,
    /// The stack's data.
    pub(super) data: PathBuf,
    /// How many members.
    pub(super) members: u32,
}

/// Schedules that stand at Iamport, by billing key: each its order, its date and its amount.
type Standing = BTreeMap<String, Vec<(String, String, i64)>>;

/// A thousand members, or as many as are asked for.
pub(super) async fn moving_in(player: &Player, place: &Place) -> Result<(), StoryError> {
    let out = place.data.join("moving-in");
    std::fs::create_dir_all(&out).map_err(|error| StoryError::NotAsTold(error.to_string()))?;
    say("", "An Express server with an array charges its members for eleven weeks …");
    live(place, &out).await?;
    let expected = object(&out.join("expected.json"))?;
    std::fs::write(out.join("mapping.json"), r#"{"price": "amount", "cancelled_at": "cancel"}"#)
        .map_err(|error| StoryError::NotAsTold(error.to_string()))?;

    let before = standing(player).await?;
    let tried = import(player, place, &out, &[]).await?;
    player.expect("what stands after a dry run", standing(player).await? == before, true)?;
    player.note(&format!("A dry run changes nothing, and says: {}.", counted(&tried))).await?;

    let apply = ["--apply", "--accept", ACCEPTED];
    let done = import(player, place, &out, &apply).await?;
    player.note(&format!("Taken over: {}.", counted(&done))).await?;
    let after = standing(player).await?;
    let went_on = check(player, &expected, &done, &before, &after)?;
    player
        .note(&format!(
            "One schedule stands for each of {went_on} who go on, at the old date and price."
        ))
        .await?;

    let again = import(player, place, &out, &apply).await?;
    player.expect("what stands after a second run", standing(player).await? == after, true)?;
    let twice = again.values().any(|line| line["outcome"] == "taken_over");
    player.expect("somebody was taken over twice", twice, false)?;
    player.note("A second run changes nothing.").await?;
    verify(player, place).await?;

    let today = player.now().await?.to_zoned(SEOUL).date();
    player.until(today.saturating_add(jiff::ToSpan::days(32)), 12, "A month later.").await?;
    let charged = charged_once(player, &expected, &done).await?;
    player
        .note(&format!("{charged} members were charged once, on the old date, at the old price."))
        .await?;
    verify(player, place).await
}

/// Has the old server live.
async fn live(place: &Place, out: &Path) -> Result<(), StoryError> {
    let mut command = Command::new("node");
    command
        .arg(TWIN)
        .args(["--api", &format!("http://127.0.0.1:{}", place.api_port)])
        .args(["--simulator", &format!("http://127.0.0.1:{}", place.simulator_port)])
        .args(["--members", &place.members.to_string(), "--out"])
        .arg(out);
    run(command, &[0]).await.map(drop)
}

/// Runs the operator's command on what the old server handed over. Gives back its report, by uid.
async fn import(
    player: &Player,
    place: &Place,
    out: &Path,
    more: &[&str],
) -> Result<BTreeMap<String, Value>, StoryError> {
    let report = out.join("report.jsonl");
    let mut command = gudok(player, place).await?;
    command.arg("import").arg(out.join("members.json"));
    command.arg("--mapping").arg(out.join("mapping.json")).arg("--report").arg(&report).args(more);
    // Some are for a person to look at.
    run(command, &[0, 3]).await?;
    let lines = std::fs::read_to_string(&report)
        .map_err(|error| StoryError::NotAsTold(format!("{}: {error}", report.display())))?;
    let lines = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(lines.map(|line| (text(&line, "who"), line)).collect())
}

async fn verify(player: &Player, place: &Place) -> Result<(), StoryError> {
    let mut command = gudok(player, place).await?;
    command.arg("verify");
    run(command, &[0]).await?;
    player.note("gudok verify: nothing differs.").await
}

/// The command with the stack's settings, by the stack's clock.
async fn gudok(player: &Player, place: &Place) -> Result<Command, StoryError> {
    let environment = place.data.join("environment.sh");
    let mut command = Command::new("bash");
    command.arg("-c").arg(r#"set -a; . "$0"; exec "$@""#).arg(environment);
    let program = std::env::current_exe().map(|it| it.with_file_name("gudok"));
    command.arg(program.map_err(|error| StoryError::NotAsTold(error.to_string()))?);
    command.arg("--now").arg(player.now().await?.to_string());
    Ok(command)
}

/// Runs a command, which has to end so.
async fn run(mut command: Command, ends: &[i32]) -> Result<(), StoryError> {
    let done = command.stdin(Stdio::null()).output().await;
    let done = done.map_err(|error| StoryError::NotAsTold(format!("{command:?}: {error}")))?;
    if done.status.code().is_some_and(|code| ends.contains(&code)) {
        return Ok(());
    }
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    Err(StoryError::NotAsTold(format!("it ended with {}: {said}", done.status)))
}

fn object(file: &Path) -> Result<Map<String, Value>, StoryError> {
    let text = std::fs::read_to_string(file).ok();
    let read = text.and_then(|text| serde_json::from_str(&text).ok());
    read.ok_or_else(|| StoryError::NotAsTold(format!("{} is no JSON object", file.display())))
}

fn counted(lines: &BTreeMap<String, Value>) -> String {
    let mut counted = BTreeMap::<String, u32>::new();
    for line in lines.values() {
        let many = counted.entry(text(line, "outcome")).or_default();
        *many = many.saturating_add(1);
    }
    let counted = counted.iter().map(|(outcome, many)| format!("{many} {outcome}"));
    counted.collect::<Vec<_>>().join(", ")
}

async fn standing(player: &Player) -> Result<Standing, StoryError> {
    let schedules = player.get_simulator("/simulator/schedules").await?;
    let mut standing = Standing::new();
    for row in schedules.as_array().into_iter().flatten() {
        if row["schedule_status"] == "scheduled" {
            let at = date(row["schedule_at"].as_i64());
            let amount = row["amount"].as_i64().unwrap_or_default();
            let stands = (text(row, "merchant_uid"), at, amount);
            standing.entry(text(row, "customer_uid")).or_default().push(stands);
        }
    }
    Ok(standing)
}

/// The date in Korea of a second.
fn date(at: Option<i64>) -> String {
    let at = at.and_then(|at| Timestamp::from_second(at).ok());
    at.map(|at| billing::kst_date(at).to_string()).unwrap_or_default()
}

/// What stands for each member is as it has to be. Says how many go on.
fn check(
    player: &Player,
    expected: &Map<String, Value>,
    done: &BTreeMap<String, Value>,
    before: &Standing,
    after: &Standing,
) -> Result<usize, StoryError> {
    let mut go_on = 0_usize;
    for (uid, must) in expected {
        let key = format!("user_{uid}");
        let none = Vec::new();
        let (was, is) = (before.get(&key).unwrap_or(&none), after.get(&key).unwrap_or(&none));
        let outcome = done.get(uid).map(|line| text(line, "outcome")).unwrap_or_default();
        let what = format!("{} {uid}, {outcome}: what stands", text(must, "kind"));
        if outcome != "taken_over" {
            player.expect(&what, is, was)?;
            continue;
        }
        let ours = is.iter().all(|(id, ..)| id.parse::<MerchantUid>().is_ok());
        player.expect(&format!("{what} is ours"), ours, true)?;
        let is: Vec<_> = is.iter().map(|(_, date, amount)| (date.clone(), *amount)).collect();
        player.expect(&what, is, next(must).into_iter().collect())?;
        go_on = go_on.saturating_add(usize::from(next(must).is_some()));
    }
    Ok(go_on)
}

/// When and how much a member is to be charged next.
fn next(must: &Value) -> Option<(String, i64)> {
    let next = must["next_charge"].as_object()?;
    Some((next.get("date")?.as_str()?.to_owned(), next.get("amount")?.as_i64()?))
}

/// Whoever goes on was charged once since, by us, on the date, unless the card was declined. Says how many.
async fn charged_once(
    player: &Player,
    expected: &Map<String, Value>,
    done: &BTreeMap<String, Value>,
) -> Result<usize, StoryError> {
    let charges = player.get_simulator("/simulator/charges").await?;
    let mut ours = BTreeMap::<String, Vec<(String, i64)>>::new();
    for row in charges.as_array().into_iter().flatten() {
        if text(row, "merchant_uid").parse::<MerchantUid>().is_ok() {
            let at = text(row, "paid_at").parse::<Timestamp>().ok().map(Timestamp::as_second);
            let charge = (date(at), row["amount"].as_i64().unwrap_or_default());
            ours.entry(text(row, "customer_uid")).or_default().push(charge);
        }
    }
    let mut members = 0_usize;
    for (uid, must) in expected {
        let taken = done.get(uid).is_some_and(|line| line["outcome"] == "taken_over");
        let found = ours.remove(&format!("user_{uid}")).unwrap_or_default();
        let declines = !must["will_decline"].is_null() || !must["past_due"].is_null();
        if declines {
            continue;
        }
        let wanted = next(must).filter(|_| taken);
        let what = format!("{} {uid}: charged", text(must, "kind"));
        player.expect(&what, found.first().cloned(), wanted.clone())?;
        player.expect(&format!("{what} again"), found.len() > 2, false)?;
        members = members.saturating_add(usize::from(wanted.is_some()));
    }
    Ok(members)
}
