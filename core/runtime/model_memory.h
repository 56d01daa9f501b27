// How a model keeps what it has read. Where that is more than a plain KV cache, a prompt that does not go on exactly where
// the last one ended makes the runtime process tokens again which another model would find cached.
#pragma once

#include "base/file_ops.h"
#include "base/json_fwd.h"
#include "domain/plan.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace looptax {

struct ModelMemory {
    enum class Kind {
        Unknown,       // nobody says, or an architecture of which we do not know it
        Full,          // every layer keeps every token
        SlidingWindow, // some layers keep the last `window` tokens only
        Recurrent,     // a state that cannot be taken back
        Hybrid         // layers of both kinds
    };
    Kind kind = Kind::Unknown;
    std::int64_t window = 0; // tokens; with SlidingWindow

    std::string text() const; // "sliding_window 512", "hybrid", "unknown"
    bool operator==(const ModelMemory&) const = default;
};

// By the metadata of a GGUF file, an object of its keys: "general.architecture", "gemma3.attention.sliding_window" and so on.
// Ollama's /api/show calls the same object model_info.
ModelMemory memoryOf(const Json& modelInfo);

// The metadata of a GGUF file but for its vocabulary, lists of more than 1,024 items and texts of more than 4 KiB. Reads at
// most 64 MiB and believes no length in it. Errors: Storage where it cannot be read, Protocol where it is no GGUF.
Result<std::shared_ptr<const Json>> readModelInfo(FileOps& files, const std::string& path);

// Of a file here; unknown where it cannot be read.
ModelMemory memoryOfFile(FileOps& files, const std::string& path);

// The doubt it raises on such a runtime, in the form of doubts.h; empty where there is none: a plain memory, a window that
// the context does not exceed (0 = unknown size), a server that is started with --swa-full.
std::string memoryDoubt(const ModelMemory& memory, TargetKind kind, std::int64_t contextTokens,
                        const std::vector<std::string>& args);

} // namespace looptax
