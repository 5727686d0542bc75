//! What can be judged without a call: maintenance windows, limits, decisions that serving still needs.

use std::path::Path;

use jiff::tz::offset;

use super::check::{Check, State, words};
use crate::clock;
use crate::config::{ConnectionSettings, Problem, Purpose, Settings};

/// Whether the connection is in a maintenance window now.
pub fn maintenance(settings: &ConnectionSettings) -> Check {
    const ID: &str = "maintenance";
    let windows = &settings.guard.maintenance;
    let ends = windows.iter().filter_map(|window| window.is_in(clock::now())).max();
    let Some(end) = ends else {
        let count = windows.len();
        let said = words(
            format!("không trong giờ bảo trì ({count} khung giờ đã cấu hình)"),
            format!("no maintenance window now ({count} configured)"),
        );
        return Check::new(ID, State::Ok, said).fact("windows", count);
    };
    let here = offset(7).to_datetime(end);
    let said = words(
        format!("đang trong giờ bảo trì, đến {here} (giờ Việt Nam); không gọi cổng"),
        format!("in a maintenance window until {here} (Viet Nam's time); the gateway is not called"),
    );
    let mend = words(
        "chạy lại sau giờ đó, hoặc sửa `maintenance` nếu khung giờ không đúng",
        "run again after that time, or correct `maintenance` when the window is wrong",
    );
    Check::new(ID, State::Warning, said).mend(mend).fact("windows", windows.len()).fact("until", end.to_string())
}

/// Whether the limits in time leave room for one call.
pub fn limits(settings: &ConnectionSettings) -> Check {
    let guard = &settings.guard;
    let needed = guard.connect_timeout + guard.first_byte_timeout;
    let (budget_ms, needed_ms) = (guard.budget.as_millis(), needed.as_millis());
    let check = if guard.budget < needed {
        let said = words(
            format!("`budget` ({budget_ms} ms) ngắn hơn `connect_timeout` + `first_byte_timeout` ({needed_ms} ms)"),
            format!(
                "`budget` ({budget_ms} ms) is shorter than `connect_timeout` + `first_byte_timeout` ({needed_ms} ms)"
            ),
        );
        let mend = words(
            "một lượt gọi chậm bị ngắt trước giới hạn của nó: tăng `budget` hoặc giảm hai giới hạn kia",
            "a slow call is cut before its own limit: raise `budget` or lower the other two",
        );
        Check::new("limits", State::Warning, said).mend(mend)
    } else {
        let said = words(
            format!("một lượt tra cứu có {budget_ms} ms, đủ cho kết nối và trả lời"),
            format!("a look-up has {budget_ms} ms, enough to connect and be answered"),
        );
        Check::new("limits", State::Ok, said)
    };
    let ms = |millis: u128| u64::try_from(millis).unwrap_or(u64::MAX);
    check.fact("budget_ms", ms(budget_ms)).fact("needed_ms", ms(needed_ms))
}

/// What `serve` would still refuse in a configuration that can be read.
pub fn open_for_serving(file: Option<&Path>) -> Vec<Problem> {
    let refused = file.and_then(|file| Settings::read(file, Purpose::Serve).err());
    refused.map(|refused| refused.problems).unwrap_or_default()
}

/// Whether somebody decided how long records are kept; only a real connection needs that.
pub fn cache(settings: &ConnectionSettings, open: &[Problem]) -> Check {
    const ID: &str = "cache";
    if settings.rehearsal {
        let said = words("diễn tập không cần quyết định này", "a rehearsal does not need this decision");
        return Check::new(ID, State::Skipped, said);
    }
    let missing = keys(open.iter().filter(|problem| problem.key.starts_with("cache")));
    if missing.is_empty() {
        let said = words("thời gian giữ bản ghi đã được quyết định", "how long records are kept is decided");
        return Check::new(ID, State::Ok, said);
    }
    let said =
        words("chưa ai quyết định giữ bản ghi trong bao lâu", "nobody has decided yet how long records are kept");
    let mend = words(
        "ghi `ttl` (\"0s\" là không giữ) và `approved_by` vào `[cache]`",
        "set `ttl` (\"0s\" keeps nothing) and `approved_by` in `[cache]`",
    );
    Check::new(ID, State::Warning, said).mend(mend).fact("missing", missing)
}

/// What else is open before `serve` starts with this configuration.
pub fn serving(open: &[Problem]) -> Option<Check> {
    let others: Vec<&Problem> = open.iter().filter(|problem| !problem.key.starts_with("cache")).collect();
    if others.is_empty() {
        return None;
    }
    let said = words(
        format!("`diensan serve` chưa chịu chạy với cấu hình này ({} chỗ)", others.len()),
        format!("`diensan serve` does not start with this configuration yet ({} problems)", others.len()),
    );
    let mend = words("chạy `diensan serve` để đọc từng chỗ", "run `diensan serve` to read each of them");
    Some(Check::new("serving", State::Warning, said).mend(mend).fact("keys", keys(others.into_iter())))
}

fn keys<'p>(problems: impl Iterator<Item = &'p Problem>) -> Vec<String> {
    problems.map(|problem| problem.key.clone()).collect()
}
