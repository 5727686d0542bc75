//! `diensan doctor`: tries the road upstream step by step and says in plain words what is wrong and who can mend it.
//!
//! At most one token request and one look-up a connection. What is printed holds neither secrets nor anything of a
//! citizen: names of attributes, never values (RISKS R1).

mod asking;
mod check;
mod handshakes;
mod own_certificates;
mod question;
mod road;
mod show;
mod standing;
mod tables;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use self::check::{Check, Examined, Report, State, Words, words};
use super::screen::{Lang, closed_pipe, print};
use crate::config::{ConnectionSettings, Problem, Purpose, Settings};
use crate::population::request::Operation;
use crate::population::{GatewaySource, LookUp};
use crate::telemetry::Metrics;

/// How long a name server that does not answer may hold up the end.
const LEAVE: Duration = Duration::from_millis(100);

/// Options of `doctor`.
#[derive(clap::Args)]
pub struct Options {
    /// The configuration file; without one only this machine is looked at.
    #[arg(long, env = "DIENSAN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Only this connection.
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Ask what this file (mode 600) or standard input (-) says: lines `key: value` with number, name, birth_date, officer,
    /// agency, dossier, service. A rehearsal asks for an invented person without it; a real connection asks nothing.
    #[arg(long, value_name = "FILE|-", conflicts_with = "skip_look_up")]
    question_from: Option<PathBuf>,
    /// Ask for nobody.
    #[arg(long)]
    skip_look_up: bool,
    /// What is asked: 037 the record, 033 whether there is such a citizen.
    #[arg(long, value_enum, default_value = "037")]
    operation: Asked,
    /// The language of the output.
    #[arg(long, value_enum, default_value = "vi")]
    lang: Lang,
    /// For people or for programs.
    #[arg(long, value_enum, default_value = "human")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Asked {
    #[value(name = "037")]
    Record,
    #[value(name = "033")]
    Existence,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Human,
    Json,
}

/// Examines the configured connections; exit code 1 when a check failed.
///
/// # Errors
/// The configuration or the question cannot be read, or there is no such connection.
pub fn run(options: &Options) -> anyhow::Result<ExitCode> {
    let mut settings = match &options.config {
        Some(file) => Settings::read(file, Purpose::Examine)?,
        None => Settings::default(),
    };
    let configured = std::mem::take(&mut settings.connections);
    let chosen = choose(configured, options.connection.as_deref())?;
    let question = options.question_from.as_deref().map(question::read).transpose()?;
    let open = standing::open_for_serving(options.config.as_deref());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("runtime")?;
    let metrics = Metrics::new().context("metrics")?;
    let mut report = Report { general: general(options, &settings, &open, &chosen), connections: Vec::new() };
    let visit = Visit { options, settings: &settings, question: question.as_ref(), open: &open, metrics: &metrics };
    for connection in chosen {
        report.connections.push(runtime.block_on(visit.examine(connection)));
    }
    runtime.shutdown_timeout(LEAVE);
    let text = match options.format {
        Format::Human => show::human(&report, options.lang),
        Format::Json => format!("{:#}\n", report.json()),
    };
    match print(&text).map_err(anyhow::Error::from) {
        Err(error) if !closed_pipe(&error) => return Err(error),
        _ => {}
    }
    Ok(ExitCode::from(u8::from(report.count(State::Failed) > 0)))
}

fn choose(configured: Vec<ConnectionSettings>, name: Option<&str>) -> anyhow::Result<Vec<ConnectionSettings>> {
    let Some(name) = name else { return Ok(configured) };
    let known: Vec<String> = configured.iter().map(|connection| connection.name.clone()).collect();
    let chosen: Vec<_> = configured.into_iter().filter(|connection| connection.name == name).collect();
    anyhow::ensure!(!chosen.is_empty(), "--connection: there is no such connection; there are: {}", known.join(", "));
    Ok(chosen)
}

fn general(options: &Options, settings: &Settings, open: &[Problem], chosen: &[ConnectionSettings]) -> Vec<Check> {
    let said = match (&options.config, chosen.len()) {
        (None, _) => words(
            "không có tệp cấu hình: dịch vụ chạy với người bịa ra, không gọi ai",
            "no configuration file: the service runs with invented people and calls nobody",
        ),
        (Some(_), 0) => words(
            "đọc được, không có kết nối nào: dịch vụ chạy với người bịa ra",
            "readable, without any connection: the service runs with invented people",
        ),
        (Some(_), count) => words(
            format!("đọc được, xem {count} kết nối; các tệp bí mật đều riêng tư"),
            format!("readable, {count} connections are examined; the files of secrets are private"),
        ),
    };
    let mut checks = vec![Check::new("configuration", State::Ok, said)];
    checks.extend(standing::serving(open));
    checks.push(tables::check(settings));
    checks
}

/// What every connection is examined with.
struct Visit<'a> {
    options: &'a Options,
    settings: &'a Settings,
    question: Option<&'a LookUp>,
    open: &'a [Problem],
    metrics: &'a Metrics,
}

impl Visit<'_> {
    async fn examine(&self, connection: ConnectionSettings) -> Examined {
        let name = connection.name.clone();
        let maintenance = standing::maintenance(&connection);
        let mut checks = Vec::new();
        let passable = road::walk(&connection, &mut checks).await;
        checks.push(own_certificates::check(&connection));
        let rest = [standing::limits(&connection), standing::cache(&connection, self.open)];
        let question = self.question_for(&connection);
        let barred = if maintenance.state == State::Ok {
            (!passable).then(|| {
                words("chưa thử được: đường tới cổng không thông", "not tried: the road to the gateway is not open")
            })
        } else {
            Some(words("không gọi cổng trong giờ bảo trì", "the gateway is not called in a maintenance window"))
        };
        match barred {
            Some(why) => {
                checks.extend(["token", "look_up", "clock"].map(|id| Check::new(id, State::Skipped, why.clone())));
            }
            None => self.ask(connection, question, &mut checks).await,
        }
        checks.push(maintenance);
        checks.extend(rest);
        Examined { name, checks }
    }

    /// Token, look-up and clock.
    async fn ask(&self, connection: ConnectionSettings, question: Result<LookUp, Words>, checks: &mut Vec<Check>) {
        let metrics = self.metrics.upstream(&connection.name);
        let has_operation = connection.operation_path.existence.is_some() || self.options.operation == Asked::Record;
        let gateway = match GatewaySource::new(connection, metrics) {
            Ok(gateway) => gateway,
            Err(error) => {
                let said = words(
                    format!("không dựng được kết nối: {error}"),
                    format!("the connection cannot be set up: {error}"),
                );
                let mend = words("sửa chỗ đó trong cấu hình", "correct that in the configuration");
                checks.push(Check::new("set_up", State::Failed, said).mend(mend));
                return;
            }
        };
        let token = asking::token(&gateway).await.unwrap_or_else(|| {
            let said = words("kết nối này không dùng mã truy cập", "this connection uses no token");
            Check::new("token", State::Skipped, said)
        });
        let refused = token.state == State::Failed || token.state == State::Warning;
        checks.push(token);
        let skipped = |why: Words| Check::new("look_up", State::Skipped, why);
        checks.push(match question {
            _ if refused => skipped(words("chưa có mã truy cập để tra cứu", "there is no token to ask with")),
            _ if !has_operation => skipped(words(
                "kết nối không có địa chỉ cho 033 trong `operation_path`",
                "the connection has no address for 033 in `operation_path`",
            )),
            Err(why) => skipped(why),
            Ok(question) => {
                let operation = match self.options.operation {
                    Asked::Record => Operation::Record,
                    Asked::Existence => Operation::Existence,
                };
                asking::look_up(&gateway, operation, &question).await
            }
        });
        checks.push(asking::clock(&gateway));
    }

    /// The question for a connection, or why nothing is asked.
    fn question_for(&self, connection: &ConnectionSettings) -> Result<LookUp, Words> {
        if self.options.skip_look_up {
            return Err(words("đã chọn --skip-look-up", "--skip-look-up was chosen"));
        }
        match (self.question, connection.rehearsal) {
            (Some(question), _) => question::may_ask(connection, question).map(|()| question::again(question)),
            (None, true) => question::invented(connection, &self.settings.services.join("people")),
            (None, false) => Err(words(
                "đây là kết nối thật: chỉ tra cứu khi có --question-from với cán bộ, cơ quan, hồ sơ và dịch vụ, vì mỗi lượt được ghi lại",
                "this is a real connection: it is only asked with --question-from, which names officer, agency, dossier and service, because every look-up is recorded",
            )),
        }
    }
}
