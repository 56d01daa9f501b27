#include "domain/trust.h"

#include "base/hash.h"
#include "base/text.h"
#include "domain/url.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <nlohmann/json.hpp>

namespace looptax {

namespace {

// Flags of llama-server that change how fast it answers and nothing else: no file, no address, no download, no text. A flag
// that is not here asks, so a list that lags behind llama.cpp costs a question and lets nothing through.
constexpr std::array kValueFlags{"-np",
                                 "--parallel",
                                 "-b",
                                 "--batch-size",
                                 "-ub",
                                 "--ubatch-size",
                                 "-t",
                                 "--threads",
                                 "-tb",
                                 "--threads-batch",
                                 "-ngl",
                                 "--gpu-layers",
                                 "--n-gpu-layers",
                                 "-fa",
                                 "--flash-attn",
                                 "-ctk",
                                 "--cache-type-k",
                                 "-ctv",
                                 "--cache-type-v",
                                 "-cram",
                                 "--cache-ram",
                                 "--cache-reuse",
                                 "-ctxcp",
                                 "--ctx-checkpoints",
                                 "--swa-checkpoints",
                                 "-sps",
                                 "--slot-prompt-similarity",
                                 "-sm",
                                 "--split-mode",
                                 "-ts",
                                 "--tensor-split",
                                 "-mg",
                                 "--main-gpu",
                                 "--numa",
                                 "--prio",
                                 "--prio-batch",
                                 "--poll",
                                 "--poll-batch",
                                 "-C",
                                 "--cpu-mask",
                                 "-Cr",
                                 "--cpu-range",
                                 "--cpu-strict",
                                 "-Cb",
                                 "--cpu-mask-batch",
                                 "-Crb",
                                 "--cpu-range-batch",
                                 "--cpu-strict-batch",
                                 "-ncmoe",
                                 "--n-cpu-moe",
                                 "-dt",
                                 "--defrag-thold",
                                 "--fit",
                                 "-fit"};

// Those that take no value: a word behind one is an argument of its own.
constexpr std::array kSwitches{"--cache-prompt",
                               "--no-cache-prompt",
                               "--swa-full",
                               "-kvu",
                               "--kv-unified",
                               "--no-kv-unified",
                               "-cb",
                               "--cont-batching",
                               "-nocb",
                               "--no-cont-batching",
                               "--context-shift",
                               "--no-context-shift",
                               "--warmup",
                               "--no-warmup",
                               "--mmap",
                               "--no-mmap",
                               "--mlock",
                               "-kvo",
                               "--kv-offload",
                               "-nkvo",
                               "--no-kv-offload",
                               "--op-offload",
                               "--no-op-offload",
                               "--repack",
                               "-nr",
                               "--no-repack",
                               "--no-host",
                               "-cmoe",
                               "--cpu-moe",
                               "--no-perf",
                               "--perf"};

// A value that can name no file, address or further flag.
bool isPlainValue(std::string_view text) {
    const bool negative =
        text.size() > 1 && text.front() == '-' && text.find_first_not_of("0123456789.", 1) == std::string_view::npos;
    return negative || (!text.empty() && text.front() != '-' &&
                        text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:_+-") ==
                            std::string_view::npos);
}

using Args = std::vector<std::string>;

// The arguments that are neither a performance flag nor a plain value right behind one.
Args otherArguments(const Args& args) {
    Args out;
    bool afterFlag = false;
    for (const std::string& arg : args) {
        if (afterFlag && isPlainValue(arg)) {
            afterFlag = false;
            continue;
        }
        const std::size_t equals = arg.find('=');
        const std::string flag = arg.substr(0, equals);
        const bool takesValue = std::find(kValueFlags.begin(), kValueFlags.end(), flag) != kValueFlags.end();
        const bool known = takesValue || std::find(kSwitches.begin(), kSwitches.end(), flag) != kSwitches.end();
        if (!known || (equals != std::string::npos && !isPlainValue(std::string_view(arg).substr(equals + 1))))
            out.push_back(arg);
        afterFlag = takesValue && equals == std::string::npos;
    }
    return out;
}

// What a stranger wrote, as part of a sentence of ours: one line, no characters that hide or turn the text around, and not so
// long that the question is out of sight.
std::string shown(std::string_view text) {
    constexpr std::int64_t kMost = 160;
    const std::string valid = repairUtf8(text);
    std::string out;
    std::int64_t points = 0;
    for (std::size_t at = 0; at < valid.size();) {
        const auto lead = static_cast<unsigned char>(valid[at]);
        const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const std::string point = valid.substr(at, length);
        at += length;
        if (++points > kMost) return out + "...";
        const bool control = lead < 0x20 || lead == 0x7F || (lead == 0xC2 && static_cast<unsigned char>(point[1]) < 0xA0);
        // U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF
        const auto second = point.size() > 1 ? static_cast<unsigned char>(point[1]) : 0U;
        const auto third = point.size() > 2 ? static_cast<unsigned char>(point[2]) : 0U;
        const bool hidden =
            (lead == 0xE2 && second == 0x80 && ((third >= 0x8B && third <= 0x8F) || (third >= 0xA8 && third <= 0xAE))) ||
            (lead == 0xE2 && second == 0x81 && third >= 0xA0) || (lead == 0xEF && second == 0xBB && third == 0xBF);
        out += control || hidden ? std::string("\xEF\xBF\xBD") : point;
    }
    return out;
}

// As JSON, so that no two lists of values have one hash.
std::string hashOf(std::vector<std::string> values) {
    return sha256Hex(nlohmann::json(values).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

std::string withArguments(const Args& args) { return args.empty() ? std::string() : " " + shown(joined(args, " ")); }

void addNeeds(std::vector<TrustNeed>& out, const Target& target, const std::string& path, const std::string& ownCommand) {
    const auto need = [&](const char* field, std::string what, std::vector<std::string> values) {
        values.insert(values.begin(), field);
        out.push_back({path + "." + field, "target " + shown(target.id) + " " + std::move(what), hashOf(std::move(values))});
    };
    if (target.managed) {
        const ManagedCommand& managed = *target.managed;
        Args values{managed.command};
        values.insert(values.end(), managed.args.begin(), managed.args.end());
        const bool known = managed.command.empty() || managed.command == "llama-server" ||
                           managed.command == "looptax-llama-server" || managed.command == ownCommand;
        if (!known) values.push_back(managed.model_file);
        // What an argument does is known of llama-server alone: another command is allowed with its arguments or not at all.
        const auto others = otherArguments(managed.args);
        if (!known)
            need("managed.command",
                 "starts the command " + shown(managed.command) + withArguments(others.empty() ? managed.args : Args{}), values);
        if (!others.empty())
            need("managed.args",
                 "starts " + (known ? shown(managed.command) : "it") +
                     " with more than performance flags:" + withArguments(others),
                 values);
    }
    // An address that cannot be read cannot be connected to.
    if (parseUrl(target.url) && !isLoopbackUrl(target.url))
        need("url", "is on another machine: " + shown(target.url), {target.url});
    if (target.api_key_env)
        need("api_key_env",
             "sends the environment variable " + shown(*target.api_key_env) + " as a key to " +
                 (target.managed ? "the server it starts" : shown(target.url)),
             {*target.api_key_env, target.url, target.managed ? target.managed->command : std::string()});
}

} // namespace

std::vector<TrustNeed> needsTrust(const Plan& plan, Origin origin, const std::string& ownCommand) {
    std::vector<TrustNeed> out;
    if (origin == Origin::Typed) return out;
    for (std::size_t i = 0; i < plan.targets.size(); ++i)
        addNeeds(out, plan.targets[i], "$.targets[" + std::to_string(i) + "]", ownCommand);
    return out;
}

std::vector<TrustNeed> needsTrust(const Plan& plan, const Trust& trust) {
    std::vector<TrustNeed> out = needsTrust(plan, trust.origin, trust.own_command);
    std::erase_if(out, [&](const TrustNeed& need) { return trust.allowed.count(need.hash) != 0; });
    return out;
}

Status permitted(const Plan& plan, const Trust& trust, const std::string& where) {
    std::vector<std::string> reasons;
    for (const TrustNeed& need : needsTrust(plan, trust)) reasons.push_back(need.what);
    if (reasons.empty()) return {};
    return Error{ErrorKind::Permission, joined(reasons, "; "), where, "if that is what you want, add --trust-plan", 0};
}

bool isLoopbackUrl(std::string_view text) {
    const auto url = parseUrl(text);
    if (!url) return false;
    if (isLocalhostName(url->host)) return true;
    // Only what is an address in full: "127.example.org" and "127.1" may be looked up as names.
    in_addr four{};
    if (::inet_pton(AF_INET, url->host.c_str(), &four) == 1) return four.s_addr == 0 || (ntohl(four.s_addr) >> 24) == 127;
    in6_addr six{};
    return ::inet_pton(AF_INET6, url->host.c_str(), &six) == 1 && (IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_UNSPECIFIED(&six));
}

} // namespace looptax
