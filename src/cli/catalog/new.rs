//! `diensan catalog new service` and `diensan catalog new form`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::folders::{Folders, unknown};
use crate::catalog::{Level, skeleton};
use crate::cli::screen::{Lang, print};

/// What to begin.
#[derive(clap::Subcommand)]
pub enum Command {
    /// A service that uses forms which are there already.
    Service(ServiceOptions),
    /// A form: its schema and its mapping, with one box that is filled and one that is not.
    Form(FormOptions),
}

/// Options of `catalog new service`.
#[derive(clap::Args)]
pub struct ServiceOptions {
    #[command(flatten)]
    folders: Folders,
    /// The code in the national database of procedures, as 1.004772.
    #[arg(value_name = "CODE")]
    code: String,
    /// The level of government.
    #[arg(long, value_enum)]
    level: LevelWord,
    /// The official name in Vietnamese.
    #[arg(long)]
    name: String,
    /// The name in English.
    #[arg(long)]
    name_en: Option<String>,
    /// A form that it uses; the first is the default.
    #[arg(long, required = true, value_name = "FORM")]
    form: Vec<String>,
}

/// Options of `catalog new form`.
#[derive(clap::Args)]
pub struct FormOptions {
    #[command(flatten)]
    folders: Folders,
    /// The id: small letters, digits and single hyphens.
    #[arg(value_name = "ID")]
    id: String,
    /// The official title in Vietnamese.
    #[arg(long)]
    title: String,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum LevelWord {
    Province,
    District,
    Commune,
}

impl LevelWord {
    fn level(self) -> Level {
        match self {
            Self::Province => Level::Province,
            Self::District => Level::District,
            Self::Commune => Level::Commune,
        }
    }
}

/// Writes the files and loads the catalogue with them.
///
/// # Errors
/// The catalogue has findings, a word is not right, or a file is there already.
pub fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Service(options) => service(options),
        Command::Form(options) => form(options),
    }
}

fn service(options: &ServiceOptions) -> anyhow::Result<ExitCode> {
    let (folders, lang) = (&options.folders, options.folders.lang);
    anyhow::ensure!(
        skeleton::is_service_code(&options.code),
        "{}",
        lang.say("mã dịch vụ có dạng 1.004772", "a service code looks like 1.004772")
    );
    check_name(&options.name, lang)?;
    let catalog = folders.load()?;
    if let Some(known) = catalog.service(&options.code) {
        let there = lang.say("đã có dịch vụ này", "there is such a service already");
        anyhow::bail!("{there}: {}/{}.json", known.file.level.word(), options.code);
    }
    let forms = || catalog.forms().into_iter().map(|form| &*form.id);
    if let Some(missing) = options.form.iter().find(|form| catalog.form(form).is_none()) {
        return Err(unknown(lang, "không có tờ khai này", "there is no such form", missing, forms()));
    }
    let level = options.level.level();
    let name_en = options.name_en.as_deref();
    let text = skeleton::service(&options.code, level, (&options.name, name_en), &options.form)?;
    let path = folders.services.join(level.word()).join(format!("{}.json", options.code));
    write_and_load(folders, &[(path, text)])
}

fn form(options: &FormOptions) -> anyhow::Result<ExitCode> {
    let (folders, lang) = (&options.folders, options.folders.lang);
    anyhow::ensure!(
        skeleton::is_form_id(&options.id),
        "{}",
        lang.say("mã tờ khai gồm chữ thường, chữ số, dấu - đơn", "an id has small letters, digits and single hyphens")
    );
    check_name(&options.title, lang)?;
    folders.load()?;
    let (schema, mapping) = skeleton::form(&options.id, &options.title)?;
    let schema_path = folders.schemas.join("forms").join(format!("{}.schema.json", options.id));
    let mapping_path = folders.services.join("mappings").join(format!("{}.json", options.id));
    write_and_load(folders, &[(schema_path, schema), (mapping_path, mapping)])
}

fn check_name(name: &str, lang: Lang) -> anyhow::Result<()> {
    let good = !name.trim().is_empty() && !name.chars().any(char::is_control);
    anyhow::ensure!(
        good,
        "{}",
        lang.say("tên trống hoặc có ký tự điều khiển", "the name is blank or has control characters")
    );
    Ok(())
}

/// All files or none: what was written is taken back when another is there already or the catalogue is refused.
fn write_and_load(folders: &Folders, files: &[(PathBuf, String)]) -> anyhow::Result<ExitCode> {
    let lang = folders.lang;
    let mut written: Vec<&Path> = Vec::new();
    let mut write_all = || -> anyhow::Result<()> {
        for (path, text) in files {
            create(path, text, lang)?;
            written.push(path);
        }
        folders.load().map(drop)
    };
    if let Err(error) = write_all() {
        for path in written {
            std::fs::remove_file(path).with_context(|| path.display().to_string())?;
        }
        return Err(error);
    }
    let mut out = String::new();
    for (path, _) in files {
        out.push_str(&format!("{} {}\n", lang.say("đã tạo", "written:"), path.display()));
    }
    out.push_str(lang.say(
        "Độ tin cậy là low: sửa theo bản chính thức, ghi nguồn vào provenance, rồi nâng confidence.\n",
        "Its confidence is low: correct it by the official text, name the source in provenance, then raise it.\n",
    ));
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn create(path: &Path, text: &str, lang: Lang) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut file = std::fs::File::create_new(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            anyhow::anyhow!(
                "{}: {}",
                path.display(),
                lang.say("đã có, không ghi đè", "is there already, not overwritten")
            )
        }
        _ => anyhow::Error::new(error).context(path.display().to_string()),
    })?;
    file.write_all(text.as_bytes()).with_context(|| path.display().to_string())
}
