//! SIP (RFC 3261) without input or output: messages, transports' framing, transactions, dialogs, authentication.
