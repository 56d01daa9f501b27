#include "runtime/model_memory.h"

#include "runtime/doubts.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

namespace looptax {

namespace {

// Keys that only models with recurrent layers have, behind "<architecture>.". From the key names of llama.cpp b11549.
constexpr auto kRecurrentKeys =
    std::to_array<std::string_view>({"ssm.", "wkv.", "kda.", "shortconv.", "time_mix_extra_dim", "token_shift_count",
                                     "full_attention_interval", "attention.recurrent_layers"});

// What llama.cpp knows by the name alone. A file of one of these may lack the keys above.
constexpr auto kRecurrent = std::to_array<std::string_view>({"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"});
constexpr auto kHybrid =
    std::to_array<std::string_view>({"jamba", "falcon-h1", "plamo2", "granitehybrid", "lfm2", "lfm2moe", "nemotron_h",
                                     "nemotron_h_moe", "qwen3next", "qwen35", "qwen35moe", "kimi-linear", "minimax-01"});

// Plain where no key above says otherwise. Others we do not know: they may have layers that no key here tells of.
constexpr auto kPlain = std::to_array<std::string_view>(
    {"llama",      "mistral3", "qwen",    "qwen2",     "qwen2moe",     "qwen2vl",       "qwen3",       "qwen3moe",   "qwen3vl",
     "qwen3vlmoe", "phi2",     "phi3",    "phimoe",    "gemma",        "starcoder",     "starcoder2",  "stablelm",   "internlm2",
     "glm4",       "glm4moe",  "chatglm", "command-r", "deepseek",     "deepseek2",     "granite",     "granitemoe", "olmo",
     "olmo2",      "olmoe",    "falcon",  "gpt2",      "gptneox",      "mpt",           "baichuan",    "minicpm",    "minicpm3",
     "smollm3",    "nemotron", "exaone",  "ernie4_5",  "ernie4_5-moe", "hunyuan-dense", "hunyuan-moe", "seed_oss",   "bitnet"});

// llama.cpp has it switched off for these, whatever their file says (its pull request 13676).
constexpr auto kWindowIgnored = std::to_array<std::string_view>({"phi3", "phimoe"});

template <class List> bool has(const List& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

// Of a key that has one number, or one for each layer. Ollama gives null for a list: then nobody knows.
std::optional<std::int64_t> largest(const Json* value) {
    if (value == nullptr) return std::nullopt;
    if (value->is_number_integer()) return value->get<std::int64_t>();
    std::optional<std::int64_t> out;
    if (value->is_array())
        for (const Json& item : *value)
            if (item.is_number_integer()) out = std::max(out.value_or(0), item.get<std::int64_t>());
    return out;
}

} // namespace

std::string ModelMemory::text() const {
    switch (kind) {
    case Kind::Unknown: return "unknown";
    case Kind::Full: return "full";
    case Kind::SlidingWindow: return "sliding_window " + std::to_string(window);
    case Kind::Recurrent: return "recurrent";
    case Kind::Hybrid: return "hybrid";
    }
    return "unknown";
}

ModelMemory memoryOf(const Json& info) {
    ModelMemory out;
    if (!info.is_object()) return out;
    const auto named = info.find("general.architecture");
    if (named == info.end() || !named->is_string()) return out;
    const std::string arch = named->get<std::string>();
    const auto at = [&](std::string_view key) -> const Json* {
        const auto found = info.find(arch + "." + std::string(key));
        return found != info.end() ? &*found : nullptr;
    };
    bool recurrentLayers = has(kRecurrent, arch) || has(kHybrid, arch);
    for (const auto& [key, value] : info.items())
        for (const std::string_view begins : kRecurrentKeys)
            recurrentLayers =
                recurrentLayers || key.compare(0, arch.size() + 1 + begins.size(), arch + "." + std::string(begins)) == 0;
    if (recurrentLayers) {
        const Json* heads = at("attention.head_count");
        const bool attends = !has(kRecurrent, arch) && (has(kHybrid, arch) || (heads != nullptr && largest(heads) != 0));
        out.kind = attends ? ModelMemory::Kind::Hybrid : ModelMemory::Kind::Recurrent;
        return out;
    }
    const Json* said = at("attention.sliding_window");
    out.window = has(kWindowIgnored, arch) ? 0 : std::max<std::int64_t>(0, largest(said).value_or(0));
    // Two that need not say it: llama.cpp has their windows in its source.
    if (arch == "gemma2" && said == nullptr) out.window = 4096;
    if (arch == "llama4" && (said == nullptr || out.window > 0)) out.window = 8192;
    if (out.window > 0) out.kind = ModelMemory::Kind::SlidingWindow;
    // A window of 0 is how a file says that it has none.
    else if (has(kPlain, arch) || largest(said) == 0) out.kind = ModelMemory::Kind::Full;
    return out;
}

namespace {

constexpr std::int64_t kMostBytes = std::int64_t(64) << 20; // of metadata: a vocabulary of 256,000 has 10
constexpr std::size_t kAtOnce = std::size_t(1) << 20;
constexpr std::uint64_t kMostKeys = 65'536;
constexpr std::uint64_t kLongestKey = 1'024;
constexpr std::uint64_t kLongestText = 4'096;
constexpr std::uint64_t kLongestList = 1'024;

enum GgufType : std::uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, Text, List, U64, I64, F64 };

std::uint64_t sizeOf(std::uint32_t type) {
    switch (type) {
    case U8:
    case I8:
    case Bool: return 1;
    case U16:
    case I16: return 2;
    case U32:
    case I32:
    case F32: return 4;
    case U64:
    case I64:
    case F64: return 8;
    default: return 0;
    }
}

// Reads onwards, part by part; false from where the file, or what we are willing to read of it, ends.
class Reader {
public:
    Reader(FileOps& files, FileOps::Handle file) : m_files(files), m_file(file) {}

    bool take(void* to, std::size_t n) {
        auto* out = static_cast<char*>(to);
        while (n > 0) {
            if (m_at == m_part.size() && !refill()) return false;
            const std::size_t here = std::min(n, m_part.size() - m_at);
            if (out != nullptr) {
                std::memcpy(out, m_part.data() + m_at, here);
                out += here;
            }
            m_at += here;
            n -= here;
        }
        return true;
    }
    bool skip(std::uint64_t n) {
        const std::uint64_t here = std::min<std::uint64_t>(n, m_part.size() - m_at);
        m_at += std::size_t(here);
        n -= here;
        if (n > std::uint64_t(std::max<std::int64_t>(0, kMostBytes - m_next))) return false;
        m_next += std::int64_t(n);
        return true;
    }
    template <class Number> bool number(Number& to) { return take(&to, sizeof to); }
    bool text(std::string& to, std::uint64_t longest) {
        std::uint64_t length = 0;
        if (!number(length)) return false;
        to.clear();
        if (length > longest) return skip(length);
        to.resize(std::size_t(length));
        return take(to.data(), to.size());
    }
    std::optional<Error> error() const { return m_error; }

private:
    bool refill() {
        if (m_next >= kMostBytes) return false;
        auto part = m_files.readAt(m_file, m_next, kAtOnce);
        if (!part) m_error = part.error();
        if (!part || part->empty()) return false;
        m_part = part.take();
        m_next += std::int64_t(m_part.size());
        m_at = 0;
        return true;
    }

    FileOps& m_files;
    FileOps::Handle m_file;
    std::string m_part;
    std::size_t m_at = 0;
    std::int64_t m_next = 0; // offset in the file behind m_part
    std::optional<Error> m_error;
};

template <class Number> bool readInto(Reader& reader, Json& out) {
    Number value{};
    if (!reader.number(value)) return false;
    out = value;
    return true;
}

bool readScalar(Reader& reader, std::uint32_t type, Json& out) {
    switch (type) {
    case U8: return readInto<std::uint8_t>(reader, out);
    case I8: return readInto<std::int8_t>(reader, out);
    case U16: return readInto<std::uint16_t>(reader, out);
    case I16: return readInto<std::int16_t>(reader, out);
    case U32: return readInto<std::uint32_t>(reader, out);
    case I32: return readInto<std::int32_t>(reader, out);
    case U64: return readInto<std::uint64_t>(reader, out);
    case I64: return readInto<std::int64_t>(reader, out);
    case F32: return readInto<float>(reader, out);
    case F64: return readInto<double>(reader, out);
    case Bool: {
        std::uint8_t value = 0;
        if (!reader.number(value)) return false;
        out = value != 0;
        return true;
    }
    case Text: {
        std::string value;
        if (!reader.text(value, kLongestText)) return false;
        out = std::move(value);
        return true;
    }
    default: return false;
    }
}

// False where the file ends, or is of no form we know. What is too long to keep is null.
bool readValue(Reader& reader, std::uint32_t type, bool keep, Json& out) {
    if (type != List) return readScalar(reader, type, out);
    std::uint32_t of = 0;
    std::uint64_t count = 0;
    if (!reader.number(of) || !reader.number(count) || of == List || of > F64) return false;
    keep = keep && count <= kLongestList;
    if (!keep && of != Text) return count <= std::uint64_t(kMostBytes) && reader.skip(count * sizeOf(of));
    if (keep) out = Json::array();
    for (std::uint64_t i = 0; i < count; ++i) {
        Json item;
        if (!readScalar(reader, of, item)) return false;
        if (keep) out.push_back(std::move(item));
    }
    return true;
}

bool readAll(Reader& reader, Json& out) {
    std::array<char, 4> magic{};
    std::uint32_t version = 0;
    std::uint64_t tensors = 0, keys = 0;
    if (!reader.take(magic.data(), magic.size()) || std::string_view(magic.data(), magic.size()) != "GGUF") return false;
    // Version 1 had shorter counts and is gone since 2023; a file of the other byte order has a version of millions.
    if (!reader.number(version) || version < 2 || version > 3) return false;
    if (!reader.number(tensors) || !reader.number(keys) || keys > kMostKeys) return false;
    out = Json::object();
    for (std::uint64_t i = 0; i < keys; ++i) {
        std::string key;
        std::uint32_t type = 0;
        if (!reader.text(key, kLongestKey) || key.empty() || !reader.number(type)) return false;
        Json value;
        const bool keep = key.rfind("tokenizer.", 0) != 0;
        if (!readValue(reader, type, keep, value)) return false;
        if (keep && !value.is_null()) out[key] = std::move(value);
    }
    return true;
}

} // namespace

Result<std::shared_ptr<const Json>> readModelInfo(FileOps& files, const std::string& path) {
    const auto file = files.open(path, OpenMode::Read);
    if (!file) return file.error();
    Reader reader(files, *file);
    auto info = std::make_shared<Json>();
    const bool whole = readAll(reader, *info);
    (void)files.close(*file);
    if (const auto error = reader.error()) return *error;
    if (!whole) return Error{ErrorKind::Protocol, "the metadata cannot be read as that of a GGUF file", path, {}, 0};
    return std::shared_ptr<const Json>(std::move(info));
}

ModelMemory memoryOfFile(FileOps& files, const std::string& path) {
    const auto info = readModelInfo(files, path);
    return info ? memoryOf(**info) : ModelMemory{};
}

std::string memoryDoubt(const ModelMemory& memory, TargetKind kind, std::int64_t contextTokens,
                        const std::vector<std::string>& args) {
    const auto given = [&](std::string_view flag) { return has(args, flag); };
    switch (memory.kind) {
    case ModelMemory::Kind::Unknown:
    case ModelMemory::Kind::Full: return {};
    case ModelMemory::Kind::SlidingWindow:
        if ((contextTokens > 0 && contextTokens <= memory.window) || given("--swa-full")) return {};
        return doubt::slidingWindow(memory.window, kind);
    case ModelMemory::Kind::Recurrent: return doubt::recurrent(false, kind);
    case ModelMemory::Kind::Hybrid: return doubt::recurrent(true, kind);
    }
    return {};
}

} // namespace looptax
