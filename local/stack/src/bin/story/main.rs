//! Plays a member's life against the running stack and prints it as a timeline. Everything goes through
//! the same HTTP routes as the web app; time is moved by the simulator's clock.

#![expect(
    clippy::indexing_slicing,
    reason = "a field that a JSON value does not have reads as null"
)]

mod moving_in;
mod player;
mod stories;

use clap::{Parser, ValueEnum};
use player::{Player, StoryError, say};
use std::process::ExitCode;

/// Plays a life against the running stack (`make up`).
#[derive(Parser)]
struct Options {
    /// Which.
    #[arg(value_enum, default_value = "life")]
    story: Story,
    /// The API's port.
    #[arg(long, env = "API_PORT", default_value_t = 8080)]
    api_port: u16,
    /// The simulator's port.
    #[arg(long, env = "SIMULATOR_PORT", default_value_t = 8081)]
    simulator_port: u16,
    /// Where the stack keeps its data.
    #[arg(long, env = "GUDOK_DATA", default_value = ".local/data")]
    data: std::path::PathBuf,
    /// How many members move in.
    #[arg(long, env = "MEMBERS", default_value_t = 200)]
    members: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Story {
    /// Registration, first charge, thirteen renewals, cancellation, end.
    Life,
    /// A card without balance, retries, a stolen card, a new one.
    Declines,
    /// Cancel, resume, cancel again, the end, and once more.
    SecondThoughts,
    /// The members of a server that charges by itself are taken over. Wants a stack that nothing was done to.
    MovingIn,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    let told = play(&options).await;
    match told {
        Ok(()) => {
            say("", "✔ Everything was as told.");
            ExitCode::SUCCESS
        }
        Err(error) => {
            say("", &format!("✘ {error}"));
            ExitCode::FAILURE
        }
    }
}

async fn play(options: &Options) -> Result<(), StoryError> {
    // Loopback needs no TLS; reqwest wants to know whose it would be.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        return Err(StoryError::NotAsTold("TLS was set up twice".to_owned()));
    }
    let mut player = Player::new(options.api_port, options.simulator_port)?;
    let now = player.now().await?;
    player.uid = format!("minji-{}", now.as_second());
    match options.story {
        Story::Life => stories::life(&player).await,
        Story::Declines => stories::declines(&player).await,
        Story::SecondThoughts => stories::second_thoughts(&player).await,
        Story::MovingIn => {
            let place = moving_in::Place {
                api_port: options.api_port,
                simulator_port: options.simulator_port,
                data: options.data.clone(),
                members: options.members,
            };
            moving_in::moving_in(&player, &place).await
        }
    }
}
