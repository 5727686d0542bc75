//! The answer of `POST /v1/autofill` as JSON, written straight into one buffer around pre-rendered fragments.

use std::fmt::Write as _;

use super::fill::{Difference, FieldAnswer, FieldState, Proposal, Shown};
use super::render::{
    LookupNote, push, push_head, push_json, push_lookups, push_origin, push_signed, push_warnings, push_word, separate,
};
use super::statement::HandedBack;
use super::warning::Warning;
use crate::catalog::{AddressValue, Service, ServiceForm, Value};
use crate::citizen::units::Unit;
use crate::signing::Signed;

/// Everything that an answer says.
pub struct Answer<'p> {
    pub service: &'p Service,
    pub form: &'p ServiceForm,
    pub fields: Vec<FieldAnswer<'p>>,
    pub lookups: Vec<LookupNote<'p>>,
    pub warnings: Vec<Warning<'p>>,
    /// What is signed of the answer, when that was asked for.
    pub signed: Option<Signed>,
    /// The earlier answer that was handed in.
    pub earlier: Option<&'p HandedBack>,
}

impl<'p> Answer<'p> {
    /// `complete`: every box that the register can fill is filled or kept; `empty`: none is; else `partial`.
    pub fn status(&self) -> &'static str {
        let done = |field: &&FieldAnswer<'p>| field.has_value();
        let mapped = self.fields.iter().filter(|field| !field.target.is_manual());
        let open = mapped.clone().filter(|field| !done(field)).count();
        match (open, mapped.filter(done).count()) {
            (_, 0) => "empty",
            (0, _) => "complete",
            _ => "partial",
        }
    }

    /// The JSON text.
    pub fn render(&self, request_id: &str) -> String {
        let mut out = String::with_capacity(1024 + self.fields.len() * 160);
        push_head(&mut out, request_id, self.service, self.form);
        push_word(&mut out, ",\"status\":", self.status());
        out.push_str(",\"data\":{");
        render_data(&mut out, &self.fields);
        out.push_str("},\"fields\":[");
        for (index, field) in self.fields.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            render_field(&mut out, field);
        }
        out.push(']');
        push_lookups(&mut out, &self.lookups);
        push_warnings(&mut out, &self.warnings);
        if let Some(earlier) = self.earlier {
            push_since(&mut out, earlier, &self.fields);
        }
        if let Some(signed) = &self.signed {
            push_signed(&mut out, signed);
        }
        out.push('}');
        out
    }
}

/// `,"since":{…}`: what the register says otherwise than it did when the handed-in statement was made.
fn push_since(out: &mut String, earlier: &HandedBack, fields: &[FieldAnswer<'_>]) {
    let since = earlier.since(fields);
    out.push_str(",\"since\":{");
    push_origin(out, earlier);
    let new: Vec<&str> = since.new.iter().map(String::as_str).collect();
    for (member, paths) in [("changed", &since.changed), ("gone", &since.gone), ("new", &new)] {
        let _ = write!(out, ",\"{member}\":[");
        let mut first = true;
        for path in paths {
            separate(out, &mut first);
            push(out, path);
        }
        out.push(']');
    }
    out.push('}');
}

/// The members of `data`, or of one row.
fn render_data(out: &mut String, fields: &[FieldAnswer<'_>]) {
    let mut first = true;
    for field in fields.iter().filter(|field| field.has_value()) {
        separate(out, &mut first);
        out.push_str(&field.target.member_json);
        match &field.state {
            FieldState::Filled { proposal, .. } => push_value(out, &proposal.fitted.value),
            FieldState::Kept { typed, .. } => push_json(out, typed),
            FieldState::Rows { rows } => {
                out.push('[');
                let mut first_row = true;
                // A row without any value would be an empty object: it stands in `fields` only.
                for row in rows.iter().filter(|row| row.iter().any(FieldAnswer::has_value)) {
                    separate(out, &mut first_row);
                    out.push('{');
                    render_data(out, row);
                    out.push('}');
                }
                out.push(']');
            }
            FieldState::Suggested { .. } | FieldState::Empty { .. } => {}
        }
    }
}

fn render_field(out: &mut String, field: &FieldAnswer<'_>) {
    out.push_str(&field.target.field_json);
    match &field.state {
        FieldState::Filled { proposal, locked } => {
            out.push_str("filled\"");
            push_sources(out, proposal);
            out.push_str(if *locked { ",\"locked\":true" } else { ",\"locked\":false" });
            push_text(out, proposal);
            push_conversion(out, proposal);
        }
        FieldState::Suggested { proposal } => {
            out.push_str("suggested\"");
            push_sources(out, proposal);
            push_offer(out, proposal);
        }
        FieldState::Kept { register, .. } => {
            out.push_str(if register.is_some() { "kept\",\"differs\":true" } else { "kept\",\"differs\":false" });
            if let Some((proposal, difference)) = register {
                let word = match difference {
                    Difference::Spelling => "spelling",
                    Difference::Value => "value",
                };
                push_word(out, ",\"difference\":", word);
                push_sources(out, proposal);
                push_offer(out, proposal);
            }
        }
        FieldState::Rows { rows } => {
            out.push_str(if field.has_value() {
                "filled\",\"locked\":false"
            } else {
                "empty\",\"reason\":\"not_given\""
            });
            out.push_str(",\"rows\":[");
            let mut first_row = true;
            for row in rows {
                separate(out, &mut first_row);
                out.push('[');
                let mut first = true;
                for column in row {
                    separate(out, &mut first);
                    render_field(out, column);
                }
                out.push(']');
            }
            out.push(']');
        }
        FieldState::Empty { reason, shown } => {
            push_word(out, "empty\",\"reason\":", &reason.word());
            match shown {
                Shown::Nothing => {}
                Shown::Text(text) => {
                    out.push_str(",\"text\":");
                    push(out, text);
                }
                Shown::Choices(text, choices) => {
                    if let Some(text) = text {
                        out.push_str(",\"text\":");
                        push(out, text);
                    }
                    out.push_str(",\"choices\":");
                    push_units(out, choices);
                }
            }
        }
    }
    out.push('}');
}

fn push_sources(out: &mut String, proposal: &Proposal<'_>) {
    match proposal.sources.paths() {
        [source] => {
            out.push_str(",\"source\":");
            push(out, source);
        }
        sources => {
            out.push_str(",\"sources\":[");
            let mut first = true;
            for source in sources {
                separate(out, &mut first);
                push(out, source);
            }
            out.push(']');
        }
    }
}

/// The offered value; it is not in `data`.
fn push_offer(out: &mut String, proposal: &Proposal<'_>) {
    out.push_str(",\"value\":");
    push_value(out, &proposal.fitted.value);
    push_text(out, proposal);
    push_conversion(out, proposal);
}

/// The new units of an old address: offered, the value stays as the register has it.
fn push_conversion(out: &mut String, proposal: &Proposal<'_>) {
    let Some(conversion) = &proposal.fitted.conversion else { return };
    out.push_str(",\"new_units\":{\"tinh\":");
    push_unit(out, &conversion.tinh);
    out.push_str(",\"xa\":");
    push_units(out, &conversion.xa);
    out.push('}');
}

/// Units as the choices that they are: `[{"value": code, "label": name}, …]`.
fn push_units(out: &mut String, units: &[Unit<'_>]) {
    out.push('[');
    let mut first = true;
    for unit in units {
        separate(out, &mut first);
        push_unit(out, unit);
    }
    out.push(']');
}

fn push_unit(out: &mut String, unit: &Unit<'_>) {
    out.push_str("{\"value\":");
    push(out, unit.code);
    out.push_str(",\"label\":");
    push(out, unit.name);
    out.push('}');
}

fn push_text(out: &mut String, proposal: &Proposal<'_>) {
    if let Some(text) = &proposal.fitted.text {
        out.push_str(",\"text\":");
        push(out, text);
    }
}

fn push_value(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Text(text) => push(out, text),
        Value::Integer(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Address(address) => push_address(out, address),
    }
}

/// The members that there are, in the order of the schema's `dia_chi`; the first always is.
fn push_address(out: &mut String, address: &AddressValue<'_>) {
    let AddressValue { day_du, tinh, huyen, xa, chi_tiet, quoc_gia } = address;
    out.push_str("{\"day_du\":");
    push(out, day_du);
    let further = [
        (",\"tinh\":", *tinh),
        (",\"huyen\":", *huyen),
        (",\"xa\":", *xa),
        (",\"chi_tiet\":", chi_tiet.as_deref()),
        (",\"quoc_gia\":", *quoc_gia),
    ];
    for (member, text) in further {
        if let Some(text) = text {
            out.push_str(member);
            push(out, text);
        }
    }
    out.push('}');
}
