//! What a caller may: scopes, agencies, services, attributes. Default deny: what is in no list is refused.

use unicode_normalization::UnicodeNormalization as _;

use super::refusal::AccessRefusal;
use crate::citizen::{Attribute, AttributeSet};
use crate::config::{AttributePattern, CallerSettings, Pattern, Scope, ServicePattern};

/// A service as far as a licence looks at it.
#[derive(Clone, Copy, Debug)]
pub struct ServiceFacts<'a> {
    pub code: &'a str,
    pub field: &'a str,
    /// `province`, `district` or `commune`.
    pub level: &'a str,
}

/// The licence of one caller.
pub struct Licence {
    scopes: Vec<Scope>,
    agencies: Vec<Pattern>,
    services: Vec<ServicePattern>,
    /// What the patterns mean of attributes that are not sensitive, and of those that are: worked out once, because it is
    /// asked with every request.
    plain: AttributeSet,
    sensitive: AttributeSet,
}

impl Licence {
    /// The licence as configured.
    pub fn of(settings: &CallerSettings) -> Self {
        Self {
            scopes: settings.scopes.clone(),
            agencies: settings.agencies.clone(),
            services: settings.services.clone(),
            plain: meant(&settings.attributes, false),
            sensitive: meant(&settings.attributes, true),
        }
    }

    /// Whether the caller may do this at all.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }

    /// Whether the caller may ask for an agency.
    ///
    /// # Errors
    /// It may not. No agency is one only for callers with `*`.
    pub fn may_agency(&self, agency: Option<&str>) -> Result<(), AccessRefusal> {
        let licensed = match agency {
            Some(agency) => self.agencies.iter().any(|pattern| pattern.matches(agency)),
            None => self.agencies.contains(&Pattern::All),
        };
        if licensed { Ok(()) } else { Err(AccessRefusal::AgencyNotLicensed) }
    }

    /// Whether the caller may use a service: by its code, its field or its level.
    ///
    /// # Errors
    /// It may not.
    pub fn may_service(&self, service: ServiceFacts<'_>) -> Result<(), AccessRefusal> {
        let licensed = self.services.iter().any(|pattern| match pattern {
            ServicePattern::All => true,
            ServicePattern::Code(code) => code == service.code,
            ServicePattern::Field(field) => field.chars().eq(service.field.nfc()),
            ServicePattern::Level(level) => *level == service.level,
        });
        if licensed { Ok(()) } else { Err(AccessRefusal::ServiceNotLicensed) }
    }

    /// What the caller may receive, where these attributes are sensitive. Of those only what the licence names (a bare `*`
    /// does not), and only when a legal basis stands behind the form (RISKS R3).
    pub fn attributes(&self, sensitive: AttributeSet, legal_basis: bool) -> AttributeSet {
        let plain = self.plain.without(sensitive);
        if legal_basis { plain.or(self.sensitive.and(sensitive)) } else { plain }
    }
}

/// The attributes that the patterns mean, were all of them sensitive or none.
fn meant(patterns: &[AttributePattern], sensitive: bool) -> AttributeSet {
    let named = |attribute: &Attribute| patterns.iter().any(|pattern| pattern.matches(attribute.path(), sensitive));
    Attribute::ALL.iter().copied().filter(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licence(scopes: &[Scope], agencies: &[&str], services: &[&str], attributes: &[&str]) -> Licence {
        let attributes: Vec<_> =
            attributes.iter().map(|text| AttributePattern::parse(text).expect("a pattern")).collect();
        Licence {
            scopes: scopes.to_vec(),
            agencies: agencies.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect(),
            services: services.iter().map(|text| ServicePattern::parse(text).expect("a pattern")).collect(),
            plain: meant(&attributes, false),
            sensitive: meant(&attributes, true),
        }
    }

    #[test]
    fn an_empty_licence_allows_nothing() {
        let none = licence(&[], &[], &[], &[]);
        assert!(Scope::WORDS.iter().all(|(_, scope)| !none.may(*scope)));
        assert!(none.may_agency(Some("H01.12")).is_err() && none.may_agency(None).is_err());
        assert!(none.may_service(ServiceFacts { code: "1.1", field: "Hộ tịch", level: "commune" }).is_err());
        assert_eq!(none.attributes(AttributeSet::EMPTY, true), AttributeSet::EMPTY);
    }

    #[test]
    fn services_are_licensed_by_code_field_or_level() {
        let service = ServiceFacts { code: "1.004772", field: "Hộ tịch", level: "commune" };
        let cases = [
            ("*", true),
            ("1.004772", true),
            ("1.00477", false),
            ("field:Hộ tịch", true),
            // The same words in decomposed letters.
            ("field:Ho\u{302}\u{323} ti\u{323}ch", true),
            ("field:Hộ", false),
            ("level:commune", true),
            ("level:province", false),
        ];
        for (pattern, expected) in cases {
            assert_eq!(licence(&[], &[], &[pattern], &[]).may_service(service).is_ok(), expected, "{pattern}");
        }
    }

    #[test]
    fn a_request_without_agency_passes_only_where_every_agency_may() {
        assert!(licence(&[], &["H01.*"], &[], &[]).may_agency(None).is_err());
        assert!(licence(&[], &["H01.*"], &[], &[]).may_agency(Some("H01.12")).is_ok());
        assert!(licence(&[], &["H01.*"], &[], &[]).may_agency(Some("H02.12")).is_err());
        assert!(licence(&[], &["*"], &[], &[]).may_agency(None).is_ok());
    }

    #[test]
    fn sensitive_attributes_need_their_name_and_a_legal_basis() {
        let sensitive = AttributeSet::EMPTY.with(Attribute::TonGiao);
        let gives = |pattern, legal_basis| licence(&[], &[], &[], &[pattern]).attributes(sensitive, legal_basis);
        assert_eq!(gives("*", true), AttributeSet::all().without(sensitive));
        assert_eq!(gives("ton_giao", false), AttributeSet::EMPTY);
        assert_eq!(gives("ton_giao", true), sensitive);
        assert_eq!(gives("sensitive:*", true), sensitive);
    }
}
