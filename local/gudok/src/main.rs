//! `gudok`, for operators. It is configured as the functions are, by the environment (docs/configuration.md), and uses the
//! credentials of whoever runs it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to whoever runs it"
)]

use clap::{Args, Parser, Subcommand};
use flows::Gudok;
use gudok_cli::{Format, Import, Line, Mapping, read, summary, undo};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::{Timestamp, ToSpan};
use std::collections::BTreeSet;
use std::error::Error;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::filter::LevelFilter;

/// Something is left for a person to look at.
const LEFT: u8 = 3;

/// Gudok's operators move members in with it, and verify the books.
#[derive(Debug, Parser)]
#[command(name = "gudok", version, arg_required_else_help = true)]
struct Options {
    #[command(subcommand)]
    command: Command,
    /// The time to go by, such as 2027-01-31T15:00:00+09:00, instead of the machine's: for a stack on this machine whose
    /// clock was moved.
    #[arg(long, global = true)]
    now: Option<Timestamp>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes members over from another system at the same account of Iamport. Says what it would do, and does it only with
    /// --apply. Exits with 0 if nothing is left, with 3 if a person has to look at a row.
    Import(Importing),
    /// Compares the tables with Iamport and Firebase, and changes nothing. Exits with 0 if nothing differs, else with 3.
    Verify(Verifying),
}

#[derive(Debug, Args)]
struct Importing {
    /// The members: a CSV, or the other system's payments as a JSON array, of which the last of each uid counts.
    file: PathBuf,
    /// Takes over whoever is ready. Without it nothing is changed anywhere.
    #[arg(long, conflicts_with = "undo")]
    apply: bool,
    /// Gives the members of the file back to the other system, as far as nothing was charged here.
    #[arg(long)]
    undo: bool,
    /// A JSON object: our column to the file's, such as {"price": "amount", "plan": "=monthly"}.
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Conflicts that are taken as the row has it.
    #[arg(long, value_delimiter = ',', value_parser = clap::builder::PossibleValuesParser::new(gudok_cli::Conflict::NAMES))]
    accept: Vec<String>,
    /// Writes what became of each row there, one line of JSON each.
    #[arg(long)]
    report: Option<PathBuf>,
    /// Prints the summary as JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Verifying {
    /// The first day of the payments that are compared, in Korea; a week ago by default.
    #[arg(long)]
    from: Option<jiff::civil::Date>,
    /// The last; today by default.
    #[arg(long)]
    to: Option<jiff::civil::Date>,
    /// Prints the report as JSON.
    #[arg(long)]
    json: bool,
}

type Trouble = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // What goes wrong with one row is in the report; this is for what nobody expects.
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::ERROR)
        .with_writer(std::io::stderr)
        .init();
    let done = match options.command {
        Command::Import(importing) => import(importing, options.now).await,
        Command::Verify(verifying) => verify(verifying, options.now).await,
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(LEFT),
        Err(error) => {
            eprintln!("gudok: {error}");
            let mut cause = error.source();
            while let Some(deeper) = cause {
                eprintln!("  because: {deeper}");
                cause = deeper.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn gudok(now: Option<Timestamp>) -> Result<Gudok, Trouble> {
    let app = match now {
        Some(now) => edge::production_by(Arc::new(move || now)).await,
        None => edge::production().await,
    };
    Ok(app.map_err(|error| format!("the configuration: {error}"))?.gudok)
}

async fn import(options: Importing, now: Option<Timestamp>) -> Result<bool, Trouble> {
    let text = std::fs::read_to_string(&options.file)
        .map_err(|error| format!("{}: {error}", options.file.display()))?;
    let is_json = options.file.extension().is_some_and(|it| it.eq_ignore_ascii_case("json"));
    let mapping = match &options.mapping {
        Some(file) => serde_json::from_str(&std::fs::read_to_string(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?,
        None => Mapping::default(),
    };
    let rows = read(&text, if is_json { Format::Json } else { Format::Csv }, &mapping)?;
    let gudok = gudok(now).await?;
    let bar = progress(rows.len());
    let lines = if options.undo {
        undo(&gudok, rows, |_| bar.inc(1)).await?
    } else {
        bar.set_message("asking Iamport, Firebase and the tables");
        let accepted: BTreeSet<String> = options.accept.iter().cloned().collect();
        let import = Import::look(gudok, rows, &accepted).await?;
        bar.set_message("");
        if import.unreadable > 0 {
            eprintln!(
                "gudok: {} rows of Iamport's lists cannot be read; look at its console for what they are",
                import.unreadable
            );
        }
        if options.apply { import.take_over(|_| bar.inc(1)).await } else { import.lines() }
    };
    bar.finish_and_clear();
    if let Some(file) = &options.report {
        write_report(file, &lines)?;
    }
    let said = summary(&lines);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&said)?);
    } else {
        print!("{}", said.for_people());
        if !options.apply && !options.undo {
            println!(
                "\n아무것도 바뀌지 않았습니다. 이관하려면 --apply를 붙여 실행하세요.\nNothing was changed. Run it with --apply to take them over."
            );
        }
    }
    Ok(said.is_clean())
}

fn progress(rows: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(rows).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

fn write_report(file: &PathBuf, lines: &[Line]) -> Result<(), Trouble> {
    let mut to = std::io::BufWriter::new(File::create(file)?);
    for line in lines {
        serde_json::to_writer(&mut to, line)?;
        to.write_all(b"\n")?;
    }
    to.flush()?;
    Ok(())
}

async fn verify(options: Verifying, now: Option<Timestamp>) -> Result<bool, Trouble> {
    let gudok = gudok(now).await?;
    let today = gudok.books.today();
    let to = options.to.unwrap_or(today);
    let from = options.from.unwrap_or_else(|| to.saturating_sub(7.days()));
    let report = gudok.verify(from..=to).await?;
    let clean = report.found.is_empty() && report.troubled == 0;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(clean);
    }
    println!(
        "{} payments of {from} to {to}, {} schedules, {} members",
        report.payments, report.schedules, report.members
    );
    for finding in &report.findings {
        let order = finding.merchant_uid.map(|id| id.to_string()).unwrap_or_default();
        println!("{:?}  {order}  {}", finding.kind, finding.what);
    }
    if report.troubled > 0 {
        println!("{} could not be compared: run it again", report.troubled);
    }
    println!(
        "{}",
        if clean { "Nothing differs." } else { "See docs/runbook.md for what each means." }
    );
    Ok(clean)
}
