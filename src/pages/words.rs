//! Words of the catalogue as people read them.

use crate::catalog::{Language, Level, ServiceFile};

/// The level that handled a service in 2021.
pub fn level_word(level: Level, lang: Language) -> &'static str {
    match level {
        Level::Province => lang.pick("Cấp tỉnh", "Province"),
        Level::District => lang.pick("Cấp huyện", "District"),
        Level::Commune => lang.pick("Cấp xã", "Commune"),
    }
}

/// The name of a service in the page's language.
pub fn service_name(file: &ServiceFile, lang: Language) -> &str {
    lang.pick(&file.name_vi, &file.name_en)
}
