//! Measures the functions' release binaries: how they start, what an event costs, how many a second there are; beside a
//! function that does nothing, and beside the same routes in Node. All of it in one run, and the starts in turns, so that
//! a noisy machine is noisy for all.

mod events;
mod process;
mod scale;
mod starts;
mod table;
mod throughput;

pub use scale::{ScaleOptions, scale};

use crate::binaries::{BinariesError, FUNCTIONS, Lambda, World};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The function that does nothing.
const HELLO: &str = "hello";

/// The same routes in Node.
const PEER: &str = "the same routes in Node";

/// Measures the release binaries and prints tables.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "bench")]
pub struct BenchOptions {
    /// How often each program is started.
    #[arg(long, default_value_t = 20)]
    starts: u32,
    /// How many events of each kind.
    #[arg(long, default_value_t = 500)]
    events: u32,
    /// How many requests over connections that are kept open.
    #[arg(long, default_value_t = 5_000)]
    requests: u32,
    /// Where the binaries are.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// Where the sample events are.
    #[arg(long, default_value = "events")]
    samples: PathBuf,
    /// Where the peer in Node is, built. Without it only ours are measured.
    #[arg(long)]
    peer: Option<PathBuf>,
    /// The document whose tables are to be written anew, each between its two marks.
    #[arg(long)]
    write: Option<PathBuf>,
}

/// Something that Lambda could run.
#[derive(Debug, Clone)]
struct Program {
    name: String,
    binary: PathBuf,
    arguments: Vec<PathBuf>,
    /// What is uploaded.
    uploaded: PathBuf,
}

impl Program {
    fn of(options: &BenchOptions, name: &str) -> Self {
        let binary = options.binaries.join(name);
        Self { name: name.to_owned(), uploaded: binary.clone(), binary, arguments: Vec::new() }
    }

    /// The peer, if it is to be measured.
    fn peer(options: &BenchOptions) -> Result<Option<Self>, BinariesError> {
        let Some(folder) = &options.peer else { return Ok(None) };
        let bundle = folder.join("dist/main.mjs");
        Ok(Some(Self {
            name: PEER.to_owned(),
            binary: node()?,
            arguments: vec![bundle.clone()],
            uploaded: bundle,
        }))
    }

    /// Starts it, and says how long it took until it asked for its first event.
    async fn start(&self, world: &World) -> Result<(Lambda, Duration), BinariesError> {
        let mut lambda = world.start(&self.binary, &self.arguments).await?;
        if let Some(took) = lambda.ready().await {
            return Ok((lambda, took));
        }
        Err(self.failed(std::io::Error::other(format!("it does not start: {}", world.said()))))
    }

    fn failed(&self, error: std::io::Error) -> BinariesError {
        BinariesError::Io(self.name.clone(), error)
    }
}

/// Node, where the shell would find it.
fn node() -> Result<PathBuf, BinariesError> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found = std::env::split_paths(&path).map(|folder| folder.join("node"));
    found.find(|file| file.is_file()).ok_or_else(|| {
        let missing = std::io::Error::other("is not to be found; without --peer it is not needed");
        BinariesError::Io("node".to_owned(), missing)
    })
}

/// Measures, and gives the tables as they stand in the documents.
///
/// # Errors
/// When a binary is missing or does not start, or the document has no marks.
pub async fn bench(options: &BenchOptions) -> Result<String, BinariesError> {
    let world = World::open().await?;
    let member = world.member("bench").await?;
    let peer = Program::peer(options)?;
    if let (Some(peer), Some(folder)) = (&peer, &options.peer) {
        world.seed(&peer.binary, &folder.join("seed.mjs"), &member).await?;
    }
    let names = std::iter::once(HELLO).chain(FUNCTIONS.map(|(name, _)| name));
    let programs: Vec<_> =
        names.map(|name| Program::of(options, name)).chain(peer.clone()).collect();
    let mut tables = String::new();
    for (mark, table) in [
        ("starts", starts::table(&world, &programs, options.starts).await?),
        ("events", events::table(&world, options, &member, peer.as_ref()).await?),
        ("throughput", throughput::table(&world, &member, options.requests).await?),
    ] {
        if let Some(document) = &options.write {
            write(document, mark, &table)?;
        }
        tables.push_str(&table);
        tables.push('\n');
    }
    Ok(tables)
}

/// Puts a table between its two marks.
fn write(document: &Path, mark: &str, table: &str) -> Result<(), BinariesError> {
    let io = |error| BinariesError::Io(document.display().to_string(), error);
    let text = std::fs::read_to_string(document).map_err(io)?;
    let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
    let anew = text.split_once(&begin).and_then(|(before, rest)| {
        let (_, after) = rest.split_once(&end)?;
        Some(format!("{before}{begin}{table}{end}{after}"))
    });
    let anew = anew.ok_or_else(|| io(std::io::Error::other(format!("it has no {begin}"))))?;
    std::fs::write(document, anew).map_err(io)
}
