//! The SIP line side: admission, registration, calls.
