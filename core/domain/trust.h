// What a plan may not do unasked. A plan can start programs, choose where prompts go and which environment variable is sent
// as a key: that is fine for a plan somebody types, and not for one that came as a file or inside a session folder. Whoever
// starts a program or connects for a plan asks here first.
#pragma once

#include "base/result.h"
#include "domain/plan.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace looptax {

// Typed: command-line options, fields edited in the window. File: a plan file. Session: the plan of a session folder.
enum class Origin { Typed, File, Session };

struct TrustNeed {
    std::string path; // JSON path of the field: "$.targets[0].managed.args"
    std::string what; // "target a is on another machine: http://192.0.2.1:8000"
    std::string hash; // SHA-256 of exactly the values that would be allowed; the same in any plan that holds them
    bool operator==(const TrustNeed&) const = default;
};

// Nothing for a typed plan. Else one for each command that is not bare `llama-server`, the embedded launcher or ownCommand,
// each list of arguments that goes beyond performance flags of llama-server, each address that is not loopback, and each
// variable that would be sent as a key.
std::vector<TrustNeed> needsTrust(const Plan& plan, Origin origin, const std::string& ownCommand);

// How a plan came here and what a person has allowed so far, as hashes of needs.
struct Trust {
    Origin origin = Origin::File;
    std::string own_command; // of the embedded runtime
    std::set<std::string> allowed;
};

std::vector<TrustNeed> needsTrust(const Plan& plan, const Trust& trust); // without what is allowed

// ErrorKind::Permission, naming every need; where: the file or folder the plan came from.
Status permitted(const Plan& plan, const Trust& trust, const std::string& where);

// An address that can only be this machine: localhost and names under it, 127.0.0.0/8 in four numbers, ::1, and the
// unspecified 0.0.0.0 and ::, which servers print as the address they listen on and which connect to this machine.
bool isLoopbackUrl(std::string_view url);

} // namespace looptax
