//! Pages: `{total, previous, next, list}`.

use serde::Serialize;

use crate::{answer::Answer, params::Params};

/// One page of a list. `previous` and `next` are page numbers, 0 if there is none.
#[derive(Serialize)]
pub(super) struct Page<T> {
    total: usize,
    previous: usize,
    next: usize,
    list: Vec<T>,
}

/// The page asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    page: usize,
    limit: usize,
}

const DEFAULT_LIMIT: usize = 20;
const MOST: i64 = 1000;

impl Asked {
    /// Reads `page` and `limit`.
    pub(super) fn read(params: &Params) -> Result<Self, Answer> {
        let limit = params.number("limit")?;
        if limit.is_some_and(|limit| !(1..=MOST).contains(&limit)) {
            // [GUESS] the limit's bounds are documented, the refusal's text is not.
            return Err(Answer::error(400, "limit은 1 이상 1000 이하여야 합니다."));
        }
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
        Ok(Self { limit, ..Self::only_page(params)? })
    }

    /// Reads `page`, for endpoints without `limit`.
    pub(super) fn only_page(params: &Params) -> Result<Self, Answer> {
        let page = params.number("page")?.and_then(|page| usize::try_from(page).ok()).unwrap_or(1);
        Ok(Self { page: page.max(1), limit: DEFAULT_LIMIT })
    }

    pub(super) fn of<T>(self, items: Vec<T>) -> Page<T> {
        let total = items.len();
        let pages = total.div_ceil(self.limit);
        let before = self.page.saturating_sub(1);
        let list =
            items.into_iter().skip(before.saturating_mul(self.limit)).take(self.limit).collect();
        Page {
            total,
            previous: before.min(pages),
            next: if self.page < pages { self.page.saturating_add(1) } else { 0 },
            list,
        }
    }
}

impl<T> Page<T> {
    pub(super) fn into_list(self) -> Vec<T> {
        self.list
    }
}
