//! What an administrator sets: nodes, parameters, security profiles, devices, lines, users, groups.
