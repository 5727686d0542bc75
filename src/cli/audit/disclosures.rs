//! Lines of the journal in the words of the catalogue: names of procedures and forms, labels of attributes.

use std::path::{Path, PathBuf};

use crate::audit::{Entry, Person};
use crate::catalog::{self, Catalog, SourceAttribute};

/// Where the names come from.
#[derive(clap::Args)]
pub struct Folders {
    /// The folder of the catalogue, for names of procedures and attributes.
    #[arg(long, value_name = "DIR", default_value = "service-catalog")]
    services: PathBuf,
    /// The folder of the schemas, for names of forms.
    #[arg(long, value_name = "DIR", default_value = "schemas")]
    schemas: PathBuf,
}

/// Names of what the journal has codes for.
pub struct Names(Option<Catalog>);

impl Folders {
    /// Loads the catalogue. Without one, as an inspector may be, codes stand for names and standard error says so.
    ///
    /// # Errors
    /// There is a catalogue and it is refused.
    pub fn names(&self) -> anyhow::Result<Names> {
        let there = |folder: &Path| folder.is_dir();
        if there(&self.services) && there(&self.schemas) {
            return Ok(Names(Some(catalog::load(&self.services, &self.schemas)?)));
        }
        eprintln!("no catalogue at {}: codes stand for names", self.services.display());
        Ok(Names(None))
    }
}

impl Names {
    /// The Vietnamese name of a procedure, or its code.
    pub fn service<'n>(&'n self, code: &'n str) -> &'n str {
        let service = self.0.as_ref().and_then(|catalog| catalog.service(code));
        service.map_or(code, |service| &service.file.name_vi)
    }

    /// The title of a form, or its id.
    pub fn form<'n>(&'n self, id: &'n str) -> &'n str {
        let form = self.0.as_ref().and_then(|catalog| catalog.form(id));
        form.map_or(id, |form| &form.schema.title)
    }

    /// The label of a role on its form, or its slug.
    pub fn role<'n>(&'n self, form: &str, slug: &'n str) -> &'n str {
        let form = self.0.as_ref().and_then(|catalog| catalog.form(form));
        let role = form.and_then(|form| form.roles.iter().find(|role| *role.slug == *slug));
        role.map_or(slug, |role| &role.label)
    }

    /// The Vietnamese label of an attribute, or its path.
    pub fn attribute<'n>(&'n self, path: &'n str) -> &'n str {
        let entry = self.0.as_ref().and_then(|catalog| catalog.dictionary.entry(SourceAttribute::from_path(path)?));
        entry.map_or(path, |entry| &entry.label_vi)
    }

    /// What a look-up was for, in words that a citizen understands.
    pub fn purpose(&self, entry: &Entry) -> String {
        let service = entry.service.as_deref().map_or("(không rõ thủ tục)", |code| self.service(code));
        match (entry.kind.as_str(), &entry.form) {
            ("verify", _) => {
                format!("Đối chiếu thông tin đã khai với Cơ sở dữ liệu quốc gia về dân cư, thủ tục “{service}”")
            }
            (_, Some(form)) => {
                let form = self.form(form);
                format!("Điền sẵn tờ khai “{form}” khi giải quyết thủ tục “{service}”")
            }
            (_, None) => format!("Giải quyết thủ tục “{service}”"),
        }
    }

    /// What came of a look-up.
    pub fn result(&self, entry: &Entry, person: &Person) -> String {
        if let Some(code) = &entry.refusal {
            return format!("Yêu cầu bị từ chối ({code}), không có dữ liệu nào được cung cấp");
        }
        if person.attributes.is_empty() {
            return format!("Không có dữ liệu nào được cung cấp ({})", person.outcome);
        }
        let labels: Vec<&str> = person.attributes.iter().map(|path| self.attribute(path)).collect();
        labels.join("; ")
    }
}
