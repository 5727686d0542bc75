//! `diensan audit ship`.

use std::process::ExitCode;
use std::time::Duration;

use super::place::{Opened, Place};
use crate::audit::{End, MacKeys};
use crate::cli::screen::{Lang, print};
use crate::config::{DisclosureSettings, is_journal_name};
use crate::disclosures::{self, Pass, Register, RegisterError};

/// Pause when there is nothing to ship, and the first one when the register is away.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause when the register stays away (ASM: soon enough for whoever mends it to see).
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Tries without `--follow` when somebody else ships the same journal.
const TRIES: u32 = 5;

const NOTES: &str = "\
Ships what the writer cannot take back any more: closed segments, and of the last one what head.json knows (once a minute,
and at the end of the service). May run beside the service and may be killed at any moment. What does not verify is
never shipped.
Exit code: 0 everything settled is in the register, 1 the journal is not proven or the register has other lines,
2 could not run.";

/// Options of `audit ship`.
#[derive(clap::Args)]
#[command(after_long_help = NOTES)]
pub struct Options {
    #[command(flatten)]
    place: Place,
    /// Make the tables first; the user must own the database's schema. May be given again.
    #[arg(long)]
    create: bool,
    /// Ship once and end; this is what happens without --follow.
    #[arg(long, conflicts_with = "follow")]
    once: bool,
    /// Go on for ever, and wait when the register is away.
    #[arg(long)]
    follow: bool,
    /// Under which name the register has this journal, where replicas share one configuration.
    #[arg(long, env = "DIENSAN_JOURNAL_NAME", value_name = "NAME", value_parser = journal_name)]
    journal_name: Option<String>,
    /// Ship also what head.json does not know yet. Only for a journal whose service will never write again.
    #[arg(long, conflicts_with = "follow")]
    to_the_end: bool,
}

fn journal_name(text: &str) -> Result<String, String> {
    let good = is_journal_name(text).then(|| text.to_owned());
    good.ok_or_else(|| "must be 1 to 63 of a-z, 0-9, `-`, `_` and `.`".to_owned())
}

/// A runtime for a command that asks the register.
///
/// # Errors
/// The system has no room for it.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Ships.
///
/// # Errors
/// The configuration, a key or the journal cannot be read, or the register cannot be used.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let opened = options.place.open()?;
    let keys = opened.mac_keys()?;
    let settings = opened.register()?;
    let name = options.journal_name.as_deref().map_or_else(|| opened.register_name(), Ok)?;
    let shipper = Shipper { opened: &opened, settings, keys: &keys, name, options };
    let done = runtime()?.block_on(async {
        if options.create {
            disclosures::create(&Register::connect(settings).await?).await?;
        }
        if options.follow { shipper.follow().await } else { shipper.once().await }
    });
    match done {
        Ok(pass) => {
            print(&told(&pass, shipper.name, options.place.lang))?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error) if error.is_finding() => {
            eprintln!("{}: {error}", shipper.name);
            Ok(ExitCode::from(1))
        }
        Err(error) => Err(error.into()),
    }
}

struct Shipper<'o> {
    opened: &'o Opened,
    settings: &'o DisclosureSettings,
    keys: &'o MacKeys,
    name: &'o str,
    options: &'o Options,
}

impl Shipper<'_> {
    async fn pass(&self, register: &Register, told: &mut dyn FnMut(Pass)) -> Result<Pass, RegisterError> {
        let end = if self.options.to_the_end { End::Whole } else { End::Settled };
        disclosures::ship(register, self.name, &self.opened.directory, self.keys, end, told).await
    }

    async fn once(&self) -> Result<Pass, RegisterError> {
        let register = Register::connect(self.settings).await?;
        let mut shipped = 0;
        for _ in 1..TRIES {
            let mut here = 0;
            match self.pass(&register, &mut |pass| here = pass.shipped).await {
                Err(error) if error.is_race() => shipped += here,
                done => return done.map(|pass| Pass { shipped: shipped + pass.shipped, ..pass }),
            }
        }
        self.pass(&register, &mut |_| ()).await
    }

    /// Ends only with an error that waiting does not mend.
    async fn follow(&self) -> Result<Pass, RegisterError> {
        let mut pause = PAUSE;
        loop {
            match self.connected(&mut pause).await {
                Err(error) if error.is_passing() => {
                    if !error.is_race() {
                        tracing::warn!(%error, seconds = pause.as_secs(), "not shipped; it is tried again");
                    }
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                done => return done,
            }
        }
    }

    /// Ships for as long as one connection holds.
    async fn connected(&self, pause: &mut Duration) -> Result<Pass, RegisterError> {
        let register = Register::connect(self.settings).await?;
        loop {
            let pass = self.pass(&register, &mut |pass| tracing::debug!(last = pass.last, "shipped")).await?;
            *pause = PAUSE;
            if pass.shipped > 0 {
                tracing::info!(journal = self.name, lines = pass.shipped, last = pass.last, "shipped");
            }
            if pass.ahead > 0 {
                tracing::warn!(
                    journal = self.name,
                    lines = pass.ahead,
                    "the register has lines that the journal has not"
                );
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

fn told(pass: &Pass, name: &str, lang: Lang) -> String {
    let Pass { shipped, last, ahead } = pass;
    let mut text = match lang {
        Lang::Vi => format!("{name}: đã chuyển {shipped} dòng, kho trung tâm có đến dòng số {last}\n"),
        Lang::En => format!("{name}: {shipped} lines shipped, the register has up to line number {last}\n"),
    };
    if *ahead > 0 {
        text.push_str(&match lang {
            Lang::Vi => format!("{name}: kho trung tâm có thêm {ahead} dòng mà nhật ký không có\n"),
            Lang::En => format!("{name}: the register has {ahead} lines more than the journal\n"),
        });
    }
    text
}
