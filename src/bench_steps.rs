//! Single steps of the work, each on inputs that were prepared once: for `benches/` and for the counts of allocations
//! only; nothing of the program calls it.
//!
//! The methods give plain numbers, texts and truth values: a type of a room in a signature here would make that type a
//! part of the library's face, and what nobody uses of it would no longer be noticed. What a step makes is dropped within
//! it, as it is in the program.

#[cfg(test)]
mod allocations;
mod owned_answer;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::future::ready;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use jiff::civil::{Date, date};

use self::owned_answer::OwnedAnswer;
use crate::audit::{Chain, CitizenKeys, Event, Involved, Kind, MacKeys, append};
use crate::autofill::{AutofillRequest, LastSteps};
use crate::cache::{CacheKey, CacheResult, CacheSettings, Place, Purpose, RecordCache, Sealer};
use crate::catalog::{self, Catalog, Workbench};
use crate::citizen::{AttributeSet, Name, Number, PartialDate, Query, Record};
use crate::config::{JournalKey, ReplySettings};
use crate::population::reply::{HttpReply, read_reply};
use crate::population::{CallTrail, LookUp, Outcome};

/// A request as a one-stop system sends it: 145 bytes.
pub const BODY: &str = "{\"service\":\"2.000488\",\"citizen\":{\"id\":\"999085000001\"},\"officer\":\"cb-0001\",\"agency\":\"H01.12\",\
                        \"dossier\":\"H01.12-261120-0001\",\"form\":\"lltp-03-2013\"}";
/// A usual reply of the register: the same person, with everything that it can say (3.6 KB).
const REPLY: &str = "tests/upstream-samples/response-037-adult-full.xml";

const NUMBER: &str = "999085000001";
const NAME: &str = "Nguyễn Văn Mẫu Một";
const BIRTH_DATE: &str = "1985-03-12";
const SERVICE: &str = "2.000488";
const FORM: &str = "lltp-03-2013";
const OFFICER: &str = "cb-0001";
const AGENCY: &str = "H01.12";
const DOSSIER: &str = "H01.12-261120-0001";
const CONNECTION: &str = "tinh";
const REQUEST_ID: &str = "01a2137c-3f47-705c-a350-6200ebb62edd";
const CATALOG_VERSION: &str = "0123456789ab";
/// Every run reads the same day.
const TODAY: Date = date(2026, 11, 20);
/// 2026-11-20T03:00:00Z.
const NOW_SECOND: i64 = 1_795_143_600;

/// The steps of one request, and their inputs. What they borrow is made once and never freed: a process has one of these.
pub struct Steps {
    last: LastSteps<'static>,
    owned: OwnedAnswer,
    look_up: LookUp,
    reply: Vec<u8>,
    reply_settings: ReplySettings,
    cache: RecordCache,
    record: Record,
    key: CacheKey,
    sealer: Sealer,
    sealed: Vec<u8>,
    mac_keys: MacKeys,
    citizen_keys: CitizenKeys,
    now: Timestamp,
}

impl Steps {
    /// Prepares all steps with the catalogue, the invented people and the sample reply of the repository at `root`, and
    /// does each once.
    ///
    /// # Errors
    /// What is missing, or which step does not do what it is measured for.
    pub fn prepare(root: &Path) -> Result<Self, String> {
        let services = root.join("service-catalog");
        let catalog = catalog::load(&services, &root.join("schemas")).map_err(|refused| refused.to_string())?;
        let catalog: &'static Catalog = Box::leak(Box::new(catalog));
        let people = catalog::load_people(&services.join("people")).map_err(|refused| refused.to_string())?;
        let person = people.into_iter().find(|person| person.number == NUMBER).ok_or("no such person")?;
        let request = AutofillRequest::read(BODY, TODAY).map_err(|_| "the request cannot be read")?;
        let request: &'static AutofillRequest = Box::leak(Box::new(request));
        let wanted = catalog.form(FORM).ok_or("no such form")?.wanted;
        let record = person.record.reduced(wanted);
        let last = LastSteps::prepare(catalog, request, Box::leak(Box::new(record.clone())), TODAY)
            .map_err(|_| "the form cannot be filled")?;
        let owned = OwnedAnswer::of(&last.render()).map_err(|error| error.to_string())?;
        let look_up = question(wanted).ok_or("no query")?;
        let cache = RecordCache::new(CacheSettings { ttl: Duration::from_secs(24 * 3600), max_bytes: 1 << 24 })
            .ok_or("no random numbers")?;
        let key = cache.key(&purpose(&look_up.query, wanted));
        let sealer = Sealer::new(&[key_of('1')?]).ok_or("no sealing key")?;
        let place = Place { key: key.bytes(), connection: CONNECTION };
        let sealed = sealer.seal(place, 0, &record).ok_or("not sealed")?;
        let reply = std::fs::read(root.join(REPLY)).map_err(|error| format!("{REPLY}: {error}"))?;
        let found = Outcome::Found(Box::new(record.clone()));
        cache.look_up(key.clone(), CONNECTION, false, ready(found)).now_or_never().ok_or("the cache waits")?;
        let steps = Self {
            last,
            owned,
            look_up,
            reply,
            reply_settings: ReplySettings::default(),
            cache,
            record,
            key,
            sealer,
            sealed,
            mac_keys: MacKeys::new(&key_of('2')?, &[]),
            citizen_keys: CitizenKeys::new(&key_of('3')?, &[]),
            now: Timestamp::from_second(NOW_SECOND).map_err(|error| error.to_string())?,
        };
        steps.check().map(|()| steps)
    }

    /// Whether each step does what it is measured for.
    fn check(&self) -> Result<(), String> {
        let as_value =
            |text: &[u8]| serde_json::from_slice::<serde_json::Value>(text).map_err(|error| error.to_string());
        let same = as_value(self.render().as_bytes())? == as_value(&self.to_vec_of_structs())?;
        let done = [
            ("read_request", self.read_request(BODY)),
            ("read_reply", self.read_reply()),
            ("fill", self.fill() > 0),
            ("to_vec_of_structs", same),
            ("seal", self.seal() > 0),
            ("open", self.open()),
            ("chain", self.chain() > 0),
            ("cache_hit", self.cache_hit()),
        ];
        match done.into_iter().find(|(_, done)| !done) {
            Some((step, _)) => Err(format!("{step} does not do what it is measured for")),
            None => Ok(()),
        }
    }

    /// A body to a request; whether it could be read.
    pub fn read_request(&self, body: &str) -> bool {
        black_box(AutofillRequest::read(body, TODAY)).is_ok()
    }

    /// The bytes of the register's reply to a record, reduced to what the form takes; whether somebody was found.
    pub fn read_reply(&self) -> bool {
        let content_type = Some("text/xml; charset=utf-8".to_owned());
        let reply = HttpReply { status: 200, content_type, retry_after: None, body: &self.reply };
        let (outcome, _) = black_box(read_reply(&reply, &self.look_up, &self.reply_settings));
        matches!(outcome, Outcome::Found(_))
    }

    /// Plan and record to what stands in every box; the number of boxes.
    pub fn fill(&self) -> usize {
        black_box(self.last.fill()).len()
    }

    /// What stands in every box to the text of the answer.
    pub fn render(&self) -> String {
        self.last.render()
    }

    /// What `render` is held against: `serde_json` writes the same answer from structs that are ready.
    pub fn to_vec_of_structs(&self) -> Vec<u8> {
        self.owned.to_vec()
    }

    /// A record to what the shared tier holds of it; the number of bytes.
    pub fn seal(&self) -> usize {
        let place = Place { key: self.key.bytes(), connection: CONNECTION };
        black_box(self.sealer.seal(place, NOW_SECOND, &self.record)).map_or(0, |sealed| sealed.len())
    }

    /// What the shared tier holds to a record; whether it is the one.
    pub fn open(&self) -> bool {
        let place = Place { key: self.key.bytes(), connection: CONNECTION };
        black_box(self.sealer.open(place, &self.sealed)).is_ok()
    }

    /// A disclosure to a line of the journal, chained to the one before; the number of bytes.
    pub fn chain(&self) -> usize {
        let mut person =
            Involved::new("nguoi_de_nghi", &self.look_up.query.number, &self.citizen_keys, CONNECTION, "found");
        person.cached = true;
        person.attributes = self.last.wanted();
        let event = Event {
            request_id: Some(REQUEST_ID),
            caller: Some("motcua"),
            officer: Some(OFFICER),
            agency: Some(AGENCY),
            dossier: Some(DOSSIER),
            service: Some(SERVICE),
            form: Some(FORM),
            people: vec![person],
            status: Some(200),
            took: Some(Duration::from_micros(900)),
            catalog: Some(CATALOG_VERSION),
            ..Event::new(Kind::Disclosure)
        };
        let (mut line, mut chain) = (Vec::new(), Chain::START);
        append(&mut line, &mut chain, self.now, &event.body(), &self.mac_keys);
        black_box(line).len()
    }

    /// The purpose of a look-up to the record that is kept for it; whether it was there.
    pub fn cache_hit(&self) -> bool {
        let key = self.cache.key(&purpose(&self.look_up.query, self.last.wanted()));
        let asked = self.cache.look_up(key, CONNECTION, false, ready(Outcome::NotFound)).now_or_never();
        black_box(asked).is_some_and(|(_, result)| result == CacheResult::Hit)
    }
}

/// Loading the catalogue, loading it again and compiling one form of it.
pub struct CatalogSteps {
    services: PathBuf,
    schemas: PathBuf,
    workbench: Workbench,
    changing: Changing,
}

/// A copy of the catalogue of which one form changes.
struct Changing {
    folder: tempfile::TempDir,
    in_use: RefCell<Catalog>,
    mapping: String,
}

impl Changing {
    /// Copies what a catalogue is read from.
    fn prepare(root: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        for place in catalog::places(&root.join("service-catalog"), &root.join("schemas")) {
            copy_files(&place, root, folder.path()).map_err(|error| error.to_string())?;
        }
        let (services, schemas) = (folder.path().join("service-catalog"), folder.path().join("schemas"));
        let in_use = catalog::load(&services, &schemas).map_err(|refused| refused.to_string())?;
        let mapping = std::fs::read_to_string(services.join("mappings").join(format!("{FORM}.json")));
        Ok(Self { folder, in_use: RefCell::new(in_use), mapping: mapping.map_err(|error| error.to_string())? })
    }
}

fn copy_files(place: &catalog::Place, from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(&place.folder)? {
        let path = entry?.path();
        if let Some(below) = path.strip_prefix(from).ok().filter(|_| place.reads(&path)) {
            let target = to.join(below);
            target.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            std::fs::copy(&path, target)?;
        }
    }
    Ok(())
}

impl CatalogSteps {
    /// Opens the catalogue of the repository at `root`.
    ///
    /// # Errors
    /// Its files cannot be read, or not copied.
    pub fn prepare(root: &Path) -> Result<Self, String> {
        let (services, schemas) = (root.join("service-catalog"), root.join("schemas"));
        let workbench = Workbench::open(&services, &schemas).map_err(|refused| refused.to_string())?;
        Ok(Self { services, schemas, workbench, changing: Changing::prepare(root)? })
    }

    /// All files to a catalogue; the number of forms, 0 when it is refused.
    pub fn load(&self) -> usize {
        black_box(catalog::load(&self.services, &self.schemas)).map_or(0, |catalog| catalog.form_count())
    }

    /// One file written, and the catalogue in use to the one with this form changed; whether it is another one. Within
    /// some seconds of the preparation every file is read, see the stamps of the catalogue's room.
    pub fn reload_one_form(&self) -> bool {
        let Changing { folder, in_use, mapping } = &self.changing;
        let (services, schemas) = (folder.path().join("service-catalog"), folder.path().join("schemas"));
        // One space more at the end than before, or the text as it was.
        let file = services.join("mappings").join(format!("{FORM}.json"));
        let longer = std::fs::metadata(&file).is_ok_and(|metadata| metadata.len() == mapping.len() as u64);
        let text = format!("{mapping}{}", if longer { " " } else { "" });
        if std::fs::write(&file, text).is_err() {
            return false;
        }
        let again = catalog::reload(&in_use.borrow(), &services, &schemas);
        again.is_ok_and(|again| in_use.replace(again).version != in_use.borrow().version)
    }

    /// The parsed files of one form to its plan; whether nothing was found wrong.
    pub fn compile_one_form(&self) -> bool {
        let mapping = self.workbench.forms.get(FORM).and_then(|form| form.mapping.as_ref());
        mapping.is_some_and(|(_, root)| black_box(self.workbench.try_mapping(FORM, root)).is_empty())
    }
}

/// A key of this digit alone. Keys are read from files, here as everywhere.
fn key_of(digit: char) -> Result<JournalKey, String> {
    let text = String::from(digit).repeat(64);
    let file = tempfile::NamedTempFile::new().map_err(|error| error.to_string())?;
    std::fs::write(file.path(), text).map_err(|error| error.to_string())?;
    JournalKey::read(file.path())
}

fn question(keep: AttributeSet) -> Option<LookUp> {
    Some(LookUp {
        query: Query {
            number: Number::parse(NUMBER).ok()?,
            name: Some(Name::parse(NAME).ok()?),
            birth_date: Some(PartialDate::from_iso(BIRTH_DATE).ok()?),
        },
        keep,
        service: SERVICE.to_owned(),
        officer: OFFICER.to_owned(),
        agency: AGENCY.to_owned(),
        dossier: DOSSIER.to_owned(),
        trail: CallTrail::default(),
    })
}

fn purpose(query: &Query, attributes: AttributeSet) -> Purpose<'_> {
    Purpose { connection: CONNECTION, agency: AGENCY, service: SERVICE, form: FORM, query, attributes }
}
