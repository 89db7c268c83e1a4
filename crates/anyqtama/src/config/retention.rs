//! `[retention]`: for how many days what is no evidence is kept, and answered requests, if not for ever.

use anyhow::{Result, ensure};
use app::{KEPT_DAYS_MIN, KeptKind, REQUESTS_KEPT_DAYS_MIN, Retention};
use serde::{Deserialize, Serialize};

/// Keys of the section, in days.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RetentionConfig {
    /// Drafts that were submitted, from when they expired.
    pub submitted_drafts_days: u32,
    /// What was done for callers.
    pub caller_acts_days: u32,
    /// Faults that callers told of.
    pub fault_reports_days: u32,
    /// Looks of officers at records, with their purposes.
    pub record_looks_days: u32,
    /// Requests to repair a record, from when they were answered.
    pub repair_requests_days: u32,
    /// Exchanges with the portal of the e-government, from when they were closed.
    pub portal_exchanges_days: u32,
    /// People's answered requests, from when the last of what came of them ended; 0: for ever.
    pub requests_days: u32,
    /// Answered requests of the prober.
    pub synthetic_requests_days: u32,
}

impl Default for RetentionConfig {
    fn default() -> Self {
        let kept = Retention::default();
        Self {
            submitted_drafts_days: kept.submitted_drafts,
            caller_acts_days: kept.caller_acts,
            fault_reports_days: kept.fault_reports,
            record_looks_days: kept.record_looks,
            repair_requests_days: kept.repair_requests,
            portal_exchanges_days: kept.portal_exchanges,
            requests_days: kept.requests.unwrap_or_default(),
            synthetic_requests_days: kept.synthetic_requests,
        }
    }
}

impl RetentionConfig {
    /// As the use cases need it.
    ///
    /// # Errors
    /// A kind that would be kept for less than a month.
    pub fn retention(&self) -> Result<Retention> {
        let retention = Retention {
            submitted_drafts: self.submitted_drafts_days,
            caller_acts: self.caller_acts_days,
            fault_reports: self.fault_reports_days,
            record_looks: self.record_looks_days,
            repair_requests: self.repair_requests_days,
            portal_exchanges: self.portal_exchanges_days,
            requests: (self.requests_days > 0).then_some(self.requests_days),
            synthetic_requests: self.synthetic_requests_days,
        };
        ensure!(
            self.requests_days == 0 || self.requests_days >= REQUESTS_KEPT_DAYS_MIN,
            "retention.requests_days must be 0 (for ever) or at least {REQUESTS_KEPT_DAYS_MIN}"
        );
        ensure!(
            self.synthetic_requests_days >= KEPT_DAYS_MIN,
            "retention.synthetic_requests_days must be at least {KEPT_DAYS_MIN}"
        );
        let asked = [
            self.submitted_drafts_days,
            self.caller_acts_days,
            self.fault_reports_days,
            self.record_looks_days,
            self.repair_requests_days,
            self.portal_exchanges_days,
        ];
        for (kind, days) in KeptKind::ALL.into_iter().zip(asked) {
            ensure!(
                days >= KEPT_DAYS_MIN,
                "retention.{}_days must be at least {KEPT_DAYS_MIN}",
                kind.code()
            );
        }
        Ok(retention)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_kept_for_less_than_a_month() {
        RetentionConfig::default().retention().unwrap();
        let short = RetentionConfig { fault_reports_days: 30, ..RetentionConfig::default() };
        assert!(short.retention().unwrap_err().to_string().contains("fault_reports_days"));
        let short = RetentionConfig { synthetic_requests_days: 30, ..RetentionConfig::default() };
        assert!(short.retention().unwrap_err().to_string().contains("synthetic_requests_days"));
    }

    #[test]
    fn peoples_requests_are_kept_for_ever_or_for_more_than_a_year() {
        let of = |requests_days| RetentionConfig { requests_days, ..RetentionConfig::default() };
        assert_eq!(RetentionConfig::default().retention().unwrap().requests, None);
        assert_eq!(of(3650).retention().unwrap().requests, Some(3650));
        let error = of(365).retention().unwrap_err().to_string();
        assert!(error.contains("requests_days must be 0 (for ever) or at least 366"), "{error}");
    }
}
