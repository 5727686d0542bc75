//! `diensan privacy sheet`: what the data-protection file of an agency needs to say of this service, from what is
//! configured and from the catalogue. It holds no personal data; what nobody decided is said to be open.

mod callers;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::anyhow;

use super::screen::{Lang, print};
use crate::catalog::{self, Catalog, FormPlan, Level};
use crate::citizen::Attribute;
use crate::config::{CallerSettings, Problem, Purpose, SIGNATURE_VALID_FOR, Settings, SyslogTarget, read_callers};

/// Seconds.
const DAY: u64 = 24 * 3600;

/// Commands on the protection of personal data.
#[derive(clap::Subcommand)]
pub enum Command {
    /// Write purposes, data, flows and retention as a sheet (Markdown).
    Sheet(Options),
}

/// Options of `privacy sheet`.
#[derive(clap::Args)]
pub struct Options {
    /// The configuration file; without one the sandbox is described.
    #[arg(long, env = "DIENSAN_CONFIG")]
    config: Option<PathBuf>,
    /// The language of the sheet.
    #[arg(long, value_enum, default_value = "vi")]
    lang: Lang,
}

/// Runs the command.
///
/// # Errors
/// Configuration or catalogue cannot be read.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Sheet(options) = command;
    let settings = match &options.config {
        Some(file) => Settings::read(file, Purpose::Examine)?,
        None => Settings::default(),
    };
    let catalog = catalog::load(&settings.services, &settings.schemas)?;
    let callers = callers_of(&settings)?;
    print(&sheet(&settings, &callers, &catalog, options.lang))?;
    Ok(ExitCode::SUCCESS)
}

/// The callers, wherever they stand.
fn callers_of(settings: &Settings) -> anyhow::Result<Vec<CallerSettings>> {
    let Some(file) = &settings.access.callers_file else { return Ok(settings.callers.clone()) };
    let told = |Problem { line, key, message }: &Problem| format!("{}:{line}: `{key}` {message}", file.display());
    read_callers(file).map_err(|problems| anyhow!(problems.iter().map(told).collect::<Vec<_>>().join("\n")))
}

fn sheet(settings: &Settings, callers: &[CallerSettings], catalog: &Catalog, lang: Lang) -> String {
    let mut text = String::new();
    heading(
        &mut text,
        1,
        lang.say("Bản mô tả hoạt động xử lý dữ liệu cá nhân", "Record of processing of personal data"),
    );
    line(
        &mut text,
        lang,
        "Do `diensan privacy sheet` viết từ cấu hình và danh mục; phần trong ngoặc vuông do cơ quan điền.",
        "Written by `diensan privacy sheet` from configuration and catalogue; what stands in square brackets is for the \
         agency to write.",
    );
    purposes(&mut text, catalog, lang);
    data(&mut text, catalog, lang);
    flows(&mut text, settings, lang);
    retention(&mut text, settings, lang);
    callers::write(&mut text, callers, catalog, lang);
    text
}

fn heading(text: &mut String, level: usize, title: &str) {
    let _ = writeln!(text, "{} {title}\n", "#".repeat(level));
}

fn line(text: &mut String, lang: Lang, vi: &str, en: &str) {
    let _ = writeln!(text, "{}\n", lang.say(vi, en));
}

/// Every service is a purpose, with its legal basis.
fn purposes(text: &mut String, catalog: &Catalog, lang: Lang) {
    heading(text, 2, lang.say("1. Mục đích và căn cứ pháp lý", "1. Purposes and legal basis"));
    line(
        text,
        lang,
        "Điền sẵn và xác minh thông tin trên tờ khai của thủ tục hành chính, theo yêu cầu của cán bộ, cho một hồ sơ cụ thể.",
        "Filling in official forms of administrative procedures, asked for by an officer, for a named dossier.",
    );
    let _ = writeln!(
        text,
        "| {} |",
        lang.say("mã | thủ tục | cấp | căn cứ pháp lý", "code | procedure | level | legal basis")
    );
    text.push_str("| --- | --- | --- | --- |\n");
    for service in catalog.services() {
        let file = &service.file;
        let level = match file.level {
            Level::Province => lang.say("tỉnh", "province"),
            Level::District => lang.say("huyện", "district"),
            Level::Commune => lang.say("xã", "commune"),
        };
        let basis = match file.legal_basis.is_empty() {
            true => lang.say("[chưa có trong danh mục]", "[not in the catalogue]").to_owned(),
            false => file.legal_basis.join("; "),
        };
        let name = lang.say(&file.name_vi, &file.name_en);
        let _ = writeln!(text, "| {} | {} | {level} | {} |", file.code.0, cell(name), cell(&basis));
    }
    text.push('\n');
}

/// A text that cannot end a cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// Which attributes are taken, by how many forms, and which of them are sensitive.
fn data(text: &mut String, catalog: &Catalog, lang: Lang) {
    heading(text, 2, lang.say("2. Dữ liệu cá nhân", "2. Personal data"));
    line(
        text,
        lang,
        "Mỗi lần tra cứu chỉ giữ những thuộc tính mà tờ khai cần; phần còn lại của câu trả lời bị bỏ ngay khi đọc.",
        "Of each reply only the attributes that the form needs are kept; the rest is dropped while it is read.",
    );
    let mut forms: BTreeMap<Attribute, usize> = BTreeMap::new();
    for plan in catalog.forms() {
        for attribute in asked(plan) {
            *forms.entry(attribute).or_default() += 1;
        }
    }
    let _ = writeln!(
        text,
        "| {} |",
        lang.say("thuộc tính | tên | nhạy cảm | số tờ khai", "attribute | label | sensitive | forms")
    );
    text.push_str("| --- | --- | --- | ---: |\n");
    for (attribute, count) in forms {
        let entry = catalog.dictionary.register_entry(attribute);
        let label = entry.map_or("", |entry| lang.say(&entry.label_vi, &entry.label_en));
        let sensitive = entry.is_some_and(|entry| entry.sensitive);
        let sensitive = if sensitive { lang.say("có", "yes") } else { "" };
        let _ = writeln!(text, "| `{}` | {} | {sensitive} | {count} |", attribute.path(), cell(label));
    }
    text.push('\n');
}

fn asked(plan: &FormPlan) -> impl Iterator<Item = Attribute> {
    plan.wanted.iter()
}

fn flows(text: &mut String, settings: &Settings, lang: Lang) {
    heading(text, 2, lang.say("3. Luồng dữ liệu", "3. Flows"));
    line(
        text,
        lang,
        "Hệ thống một cửa → diensan → nền tảng chia sẻ dữ liệu → Cơ sở dữ liệu quốc gia về dân cư, và trở lại. Dữ liệu chỉ đi \
         trong thân thông điệp, không đi trong địa chỉ.",
        "One-stop system → diensan → integration platform → National Population Database, and back. Data travels in bodies only, \
         never in addresses.",
    );
    if settings.connections.is_empty() {
        line(
            text,
            lang,
            "- Không có kết nối thật: hộp cát, người mẫu.",
            "- No real connection: the sandbox, invented people.",
        );
    }
    for connection in &settings.connections {
        let rehearsal = if connection.rehearsal { lang.say(" (diễn tập)", " (rehearsal)") } else { "" };
        let _ = writeln!(text, "- `{}`: {}{rehearsal}", connection.name, connection.base);
    }
    let door = match (&settings.server.tls, settings.server.behind_proxy) {
        (Some(_), _) => "TLS",
        (None, true) => lang.say("HTTP sau máy chủ ủy quyền có TLS", "HTTP behind a proxy with TLS"),
        (None, false) => lang.say("HTTP trong cùng máy", "HTTP on this machine only"),
    };
    let _ = writeln!(
        text,
        "- {}: {} ({door})\n",
        lang.say("cửa nhận yêu cầu", "where requests come in"),
        settings.server.listen
    );
}

fn retention(text: &mut String, settings: &Settings, lang: Lang) {
    heading(text, 2, lang.say("4. Nơi giữ và thời hạn", "4. Stores and retention"));
    let ttl = match settings.cache_ttl {
        Duration::ZERO => lang.say("không giữ", "nothing is kept").to_owned(),
        ttl => format!("{} s", ttl.as_secs()),
    };
    let owner =
        settings.cache_approved_by.as_deref().unwrap_or(lang.say("[chưa có người quyết định]", "[nobody decided]"));
    let _ = writeln!(
        text,
        "- {}: {ttl}; {}: {owner}",
        lang.say("bộ nhớ đệm (trong RAM, xóa khi hết hạn)", "cache (in memory, wiped when it expires)"),
        lang.say("người quyết định", "decided by"),
    );
    let journal = match &settings.journal {
        None => lang.say("[chưa cấu hình]", "[not configured]").to_owned(),
        Some(journal) => journal.retention_months.map_or_else(
            || lang.say("[chưa quyết định thời hạn]", "[no retention decided]").to_owned(),
            |months| format!("{months} {}", lang.say("tháng", "months")),
        ),
    };
    let _ = writeln!(
        text,
        "- {}: {journal}",
        lang.say(
            "nhật ký cung cấp dữ liệu (không có giá trị nào, số định danh đã băm có khóa)",
            "journal of disclosures (no values; numbers as keyed hashes)"
        ),
    );
    anchors(text, settings, lang);
    access_state(text, settings, lang);
    let signed = settings.signing.as_ref().map_or(SIGNATURE_VALID_FOR, |signing| signing.valid_for);
    let _ = writeln!(
        text,
        "- {}: {} {}",
        lang.say(
            "câu trả lời có chữ ký: dịch vụ không lưu, nơi nhận giữ; chữ ký có giá trị",
            "signed answers: not kept here, whoever asked holds them; a signature counts for"
        ),
        signed.as_secs() / DAY,
        lang.say("ngày", "days"),
    );
    let _ = writeln!(
        text,
        "- {}\n",
        lang.say(
            "nhật ký kỹ thuật và chỉ số: không có dữ liệu cá nhân; thời hạn: [do cơ quan quyết định]",
            "technical logs and metrics: no personal data; retention: [the agency decides]"
        ),
    );
}

/// Where the head of the journal's chain goes: what lies there proves the journal, and holds nothing of anybody.
fn anchors(text: &mut String, settings: &Settings, lang: Lang) {
    let Some(journal) = &settings.journal else { return };
    let mut places = Vec::new();
    if let Some(file) = &journal.anchor_file {
        places.push(format!("`{}`", file.display()));
    }
    match &journal.anchor_syslog {
        Some(SyslogTarget::Tls { host, port, .. }) => places.push(format!("`tls://{host}:{port}`")),
        Some(SyslogTarget::Udp(address)) => places.push(format!("`udp://{address}`")),
        None => {}
    }
    let places = match places.is_empty() {
        true => lang.say("[chưa cấu hình]", "[not configured]").to_owned(),
        false => places.join(", "),
    };
    let _ = writeln!(
        text,
        "- {}: {places}",
        lang.say(
            "mốc của nhật ký ở nơi khác (không có dữ liệu cá nhân; thời hạn như nhật ký)",
            "anchors of the journal elsewhere (no personal data; to be kept as long as the journal)"
        ),
    );
}

/// Counters, tokens, releases, samples and the watch list: keyed hashes of citizens, and how long they count.
fn access_state(text: &mut String, settings: &Settings, lang: Lang) {
    let access = &settings.access;
    let place =
        access.state_directory.as_ref().map_or(lang.say("[chỉ trong RAM]", "[in memory only]").to_owned(), |folder| {
            format!("`{}`", folder.display())
        });
    let _ = writeln!(
        text,
        "- {}: {place}",
        lang.say(
            "bộ đếm hạn mức (số định danh đã băm có khóa; mã cán bộ, hồ sơ đã băm): 1 giờ, 24 giờ, theo hồ sơ 30 ngày; mã thông \
             báo đã dùng: đến khi hết hạn, nhiều nhất 1 giờ",
            "counters (keyed hashes of numbers, officers and dossiers): 1 hour, 24 hours, 30 days for a dossier; used tokens: \
             until they expire, an hour at most"
        ),
    );
    let sampled = match access.sampled_per_thousand {
        0 => lang.say("không lấy mẫu", "none").to_owned(),
        share => {
            format!("{share} ‰, {}", lang.say("giữ đến khi cán bộ trả lời", "kept until the officer has answered"))
        }
    };
    let _ = writeln!(
        text,
        "- {}: {sampled}",
        lang.say(
            "lượt tra cứu được hỏi lý do (cán bộ, cơ quan, hồ sơ)",
            "look-ups that are asked for their reason (officer, agency, dossier)"
        ),
    );
    let watched = access.watch_list.as_ref().map_or(lang.say("không có", "none").to_owned(), |file| {
        let until = lang.say("đến khi cơ quan gỡ", "until the agency takes somebody off");
        format!("`{}`, {until}", file.display())
    });
    let _ = writeln!(
        text,
        "- {}: {watched}",
        lang.say(
            "danh sách người cần người thứ hai duyệt (băm có khóa)",
            "list of people whose look-ups need a second person (keyed hashes)"
        ),
    );
}
