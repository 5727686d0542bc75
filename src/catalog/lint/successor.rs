//! What a service names as its successor must lead somewhere, and not back.

use std::collections::HashMap;

use super::super::finding::FileFinding;
use super::super::read::{ReadService, is_code};
use super::super::service_file::Level;
use crate::strict_json::Finding;

/// Checks the successors of all services.
pub fn check(services: &[ReadService<'_>]) -> Vec<FileFinding> {
    let next: HashMap<&str, Option<&str>> = services
        .iter()
        .map(|service| {
            let successor = service.root.as_ref().and_then(|root| root.at("/successor")?.as_text());
            (&*service.file.stem, successor)
        })
        .collect();
    let codes = || services.iter().map(|service| &*service.file.stem);
    let mut findings = Vec::new();
    for service in services {
        let Some(node) = service.root.as_ref().and_then(|root| root.at("/successor")) else { continue };
        let Some(successor) = node.as_text() else { continue };
        let (rule, vi, en) = if is_level(successor) {
            if service.level.word() != successor {
                continue;
            }
            ("successor_circle", "Dịch vụ đã ở cấp này.", "The service is at this level already.")
        } else if leads_back(&service.file.stem, successor, &next) {
            ("successor_circle", "Dịch vụ kế thừa dẫn vòng về chính nó.", "The successors lead back in a circle.")
        } else if next.contains_key(successor) {
            continue;
        } else if is_code(successor) {
            (
                "successor_outside",
                "Danh mục không có dịch vụ kế thừa này; hãy xem lại mã.",
                "The catalogue has no such successor; look at the code again.",
            )
        } else {
            (
                "successor_form",
                "`successor` là một mã dịch vụ, hoặc commune, hoặc province.",
                "`successor` is a service code, or commune, or province.",
            )
        };
        let mut finding = Finding::new(rule, "/successor", node.span.clone(), vi, en);
        if rule == "successor_form" {
            finding = finding.suggesting(successor, codes().chain(["commune", "province"]));
        }
        findings.push(FileFinding::new(service.file, finding));
    }
    findings
}

/// Levels that take services over; districts are gone.
fn is_level(word: &str) -> bool {
    [Level::Commune, Level::Province].iter().any(|level| level.word() == word)
}

fn leads_back(start: &str, successor: &str, next: &HashMap<&str, Option<&str>>) -> bool {
    let mut at = successor;
    for _ in 0..=next.len() {
        if at == start {
            return true;
        }
        match next.get(at).copied().flatten() {
            Some(further) => at = further,
            None => return false,
        }
    }
    // A circle further on, told at its own members.
    false
}
