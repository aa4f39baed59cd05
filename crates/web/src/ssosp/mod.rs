//! The OAuth server: `/ssosp`.
