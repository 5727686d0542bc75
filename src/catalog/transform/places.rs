//! Transforms of addresses: the printed line, pick lists of units on the form's day, old units in their new ones.

use std::borrow::Cow;

use super::{
    Address, AddressValue, Attribute, Conversion, Fitted, Given, Input, Pick, REFORM, Successor, TransformContext,
    Unfit, Unit, UnitLevel, Value, code, copy, text_of,
};

fn address_of<'v>(input: &Input<'v>) -> Result<&'v Address, Unfit<'v>> {
    if let Given::Address(address) = input.given {
        return Ok(address);
    }
    let record = input.record;
    let group = input.attribute.path().split('.').next().unwrap_or_default();
    match group {
        "noi_dang_ky_khai_sinh" => Ok(&record.noi_dang_ky_khai_sinh),
        "que_quan" => Ok(&record.que_quan),
        "thuong_tru" => Ok(&record.thuong_tru),
        "noi_o_hien_tai" => Ok(&record.noi_o_hien_tai),
        _ => Err(Unfit::NotGiven),
    }
}

/// The name of a code, for boxes that take words.
pub(super) fn code_label<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    if input.list.is_some() {
        let fitted = code(input, context)?;
        let label = fitted.text.unwrap_or_default();
        return Ok(Fitted { value: Value::Text(label), text: None, ..fitted });
    }
    let level = match input.attribute.path().rsplit('.').next() {
        Some("tinh") => UnitLevel::Tinh,
        Some("huyen") => UnitLevel::Huyen,
        _ => UnitLevel::Xa,
    };
    // Of a fact of the past the name as received is the right one, also on a form of after the reform.
    if is_past_fact(input.attribute) {
        let resolved = context.units.resolve(address_of(input)?, context.form_day);
        let unit = match level {
            UnitLevel::Tinh => resolved.tinh,
            UnitLevel::Huyen => resolved.huyen,
            UnitLevel::Xa => resolved.xa,
        };
        return unit
            .map(|unit| Fitted::plain(unit.name))
            .ok_or_else(|| Unfit::UnknownCode(text_of(input).unwrap_or_default()));
    }
    // An old name may be the name of another unit today: what holds for the pick lists holds for their names.
    match unit_code(input, context, level) {
        Ok(Fitted { text: Some(name), suggest, remark, .. }) => Ok(Fitted { suggest, remark, ..Fitted::plain(name) }),
        Ok(_) => Err(Unfit::UnknownCode(text_of(input)?)),
        Err(Unfit::Choices(old, units)) => {
            Err(Unfit::Choices(old, units.into_iter().map(|unit| Unit { code: unit.name, ..unit }).collect()))
        }
        Err(unfit) => Err(unfit),
    }
}

/// The code for the form's pick list on the form's day; a code of the other side of the 2025 reform is not in it.
pub(super) fn unit_code<'v>(
    input: &Input<'v>,
    context: &TransformContext<'v>,
    level: UnitLevel,
) -> Result<Fitted<'v>, Unfit<'v>> {
    let address = address_of(input)?;
    let resolved = context.units.resolve(address, context.form_day);
    let unit = match level {
        UnitLevel::Tinh => &resolved.tinh,
        UnitLevel::Huyen => &resolved.huyen,
        UnitLevel::Xa => &resolved.xa,
    };
    let name = unit.as_ref().map(|unit| unit.name);
    match context.units.pick(level, address, context.form_day) {
        Pick::Code(code) => Ok(Fitted { text: name.map(Cow::Borrowed), ..Fitted::plain(code) }),
        Pick::NotGiven => Err(Unfit::NotGiven),
        Pick::NotInList if is_past_fact(input.attribute) => {
            only_offered(converted(address, context, level, None), name)
        }
        Pick::NotInList => converted(address, context, level, name),
        Pick::Clash => Err(Unfit::UnitsClash),
    }
}

/// Where a birth was registered and the home place are facts of the past: they do not move when a unit is merged, so
/// the new unit is not suggested as the value, only offered beside the name as received (admin-units README §3 rule 5).
fn is_past_fact(attribute: Attribute) -> bool {
    ["noi_dang_ky_khai_sinh.", "que_quan."].iter().any(|group| attribute.path().starts_with(group))
}

fn only_offered<'v>(
    converted: Result<Fitted<'v>, Unfit<'v>>,
    old_name: Option<&'v str>,
) -> Result<Fitted<'v>, Unfit<'v>> {
    let old_name = old_name.map(Cow::Borrowed);
    match converted {
        Ok(Fitted { value: Value::Text(Cow::Borrowed(code)), text: Some(Cow::Borrowed(name)), .. }) => {
            Err(Unfit::Choices(old_name, vec![Unit { code, name }]))
        }
        Err(Unfit::Choices(_, units)) => Err(Unfit::Choices(old_name, units)),
        Err(Unfit::NotInList(_)) => Err(Unfit::NotInList(old_name)),
        other => other,
    }
}

/// What became of an old unit in the form's list of new ones: the one successor is suggested, several are offered for
/// choice, never the largest or the first (admin-units README §3 rule 4). New units are never converted back.
fn converted<'v>(
    address: &'v Address,
    context: &TransformContext<'v>,
    level: UnitLevel,
    old_name: Option<&'v str>,
) -> Result<Fitted<'v>, Unfit<'v>> {
    let old_name = old_name.map(Cow::Borrowed);
    if context.form_day < REFORM {
        return Err(Unfit::NotInList(old_name));
    }
    let suggest = |unit: Unit<'v>| Fitted {
        suggest: true,
        remark: Some("unit_converted"),
        ..Fitted::printed(unit.code, unit.name)
    };
    match (context.units.successor(address, context.form_day), level) {
        (Successor::Sure { tinh, .. } | Successor::Choices { tinh, .. }, UnitLevel::Tinh) => Ok(suggest(tinh)),
        (Successor::Sure { xa: Some(xa), .. }, UnitLevel::Xa) => Ok(suggest(xa)),
        (Successor::Choices { xa, .. }, UnitLevel::Xa) => Err(Unfit::Choices(old_name, xa)),
        _ => Err(Unfit::NotInList(old_name)),
    }
}

/// House number, street, hamlet: the detail without the unit names that it repeats at its end. When the commune
/// cannot be picked from the form's list the names stay, or they would be lost from the form (PROTOCOL §9: "leave empty
/// and keep the text").
pub(super) fn street<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let address = address_of(input)?;
    let street = || context.units.street(address, context.form_day).map(Fitted::plain).ok_or(Unfit::NotGiven);
    match context.units.pick(UnitLevel::Xa, address, context.form_day) {
        // The new commune is suggested beside it: with the names of the old one the two would not go together.
        Pick::NotInList if !is_past_fact(input.attribute) && has_one_successor(address, context) => {
            street().map(|fitted| Fitted { suggest: true, remark: Some("unit_converted"), ..fitted })
        }
        Pick::NotInList | Pick::Clash => copy(input, context),
        Pick::Code(_) | Pick::NotGiven => street(),
    }
}

fn has_one_successor(address: &Address, context: &TransformContext<'_>) -> bool {
    context.form_day >= REFORM
        && matches!(context.units.successor(address, context.form_day), Successor::Sure { xa: Some(_), .. })
}

fn line_of<'v>(address: &Address, context: &TransformContext<'_>) -> Result<String, Unfit<'v>> {
    let country = |code: &str| context.countries.find(code).map(|entry| &*entry.name_vi);
    context.units.line(address, context.form_day, country).ok_or(Unfit::NotGiven)
}

pub(super) fn address_line<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    line_of(address_of(input)?, context).map(Fitted::plain)
}

/// The whole address: line, codes (only when they belong together), detail, country. Never mixed from two groups.
pub(super) fn address<'v>(input: &Input<'v>, context: &TransformContext<'v>) -> Result<Fitted<'v>, Unfit<'v>> {
    let address = address_of(input)?;
    let day_du = line_of(address, context)?;
    let resolved = context.units.resolve(address, context.form_day);
    let country = address.quoc_gia.as_ref().and_then(|code| context.countries.find(code.reveal()));
    let value = AddressValue {
        day_du: day_du.clone(),
        tinh: resolved.tinh.map(|unit| unit.code),
        huyen: resolved.huyen.map(|unit| unit.code),
        xa: resolved.xa.map(|unit| unit.code),
        chi_tiet: context.units.street(address, context.form_day),
        quoc_gia: country.map(|entry| &*entry.code),
    };
    let remark = resolved.clash.then_some("unit_codes_clash");
    let conversion = conversion_of(address, context).map(Box::new);
    let value = Value::Address(Box::new(value));
    Ok(Fitted { value, text: Some(Cow::Owned(day_du)), suggest: false, remark, conversion })
}

fn conversion_of<'v>(address: &Address, context: &TransformContext<'v>) -> Option<Conversion<'v>> {
    if context.form_day < REFORM {
        return None;
    }
    match context.units.successor(address, context.form_day) {
        Successor::None => None,
        Successor::Sure { tinh, xa } => Some(Conversion { tinh, xa: xa.into_iter().collect() }),
        Successor::Choices { tinh, xa } => Some(Conversion { tinh, xa }),
    }
}
