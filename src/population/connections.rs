//! Which connection is asked for whom: the first whose rule fits the service and the agency.

use std::sync::Arc;

use super::Source;
use crate::config::Serves;

/// All connections of the service, in the order in which their rules are tried.
pub struct Connections {
    connections: Vec<(Serves, Arc<dyn Source>)>,
}

impl Connections {
    /// Several connections with their rules.
    pub fn new(connections: Vec<(Serves, Arc<dyn Source>)>) -> Self {
        Self { connections }
    }

    /// One source for every look-up.
    pub fn only(source: Arc<dyn Source>) -> Self {
        Self { connections: vec![(Serves::default(), source)] }
    }

    /// The names, in order.
    pub fn names(&self) -> Vec<&str> {
        self.connections.iter().map(|(_, source)| source.name()).collect()
    }

    /// Whether any of them is asked for a dossier, by an officer of an agency (PROTOCOL §8).
    pub fn need_complete_queries(&self) -> bool {
        self.connections.iter().any(|(_, source)| source.needs_complete_query())
    }

    /// The connection for a look-up; `None` when no rule fits. There is no default: a service that nobody licensed for
    /// an agency must not be asked over somebody else's connection.
    pub fn for_purpose(&self, service: &str, agency: &str) -> Option<&Arc<dyn Source>> {
        self.connections.iter().find(|(serves, _)| serves.fits(service, agency)).map(|(_, source)| source)
    }
}

#[cfg(test)]
mod tests {
    use super::super::SandboxSource;
    use super::*;

    fn serves(services: &[&str], agencies: &[&str]) -> Serves {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Serves { services: texts(services), agencies: texts(agencies) }
    }

    #[test]
    fn the_first_rule_that_fits_service_and_agency_decides() {
        let rules = [serves(&["1.000894"], &["H01.*"]), serves(&[], &["H01.12", "H02.*"]), serves(&["1.000656"], &[])];
        let source = || Arc::new(SandboxSource::new(Vec::new())) as Arc<dyn Source>;
        let sources: Vec<_> = rules.iter().map(|_| source()).collect();
        let connections = Connections::new(rules.into_iter().zip(sources.iter().cloned()).collect());
        let cases = [
            ("1.000894", "H01.12", Some(0)),
            ("1.000894", "H01", None),
            ("1.004772", "H01.12", Some(1)),
            ("1.004772", "H01.13", None),
            ("1.000656", "H02.1", Some(1)),
            ("1.000656", "H09", Some(2)),
            ("1.000656", "", Some(2)),
        ];
        for (service, agency, expected) in cases {
            let found = connections.for_purpose(service, agency);
            let position = found.and_then(|found| sources.iter().position(|source| Arc::ptr_eq(source, found)));
            assert_eq!(position, expected, "{service} {agency}");
        }
    }
}
