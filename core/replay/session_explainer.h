// Explains the turns of a whole session: rebuilds each prompt from the journal, asks the target's own
// template and tokenizer, and holds it against what the slot held before. After session_end or on demand, or of a target
// whose runs are over before its server ends; never between runs: its requests generate nothing, but they take a
// server's time.
#pragma once

#include "base/cancel.h"
#include "base/clock.h"
#include "base/file_ops.h"
#include "loop/task_pack.h"
#include "prefix/explanation.h"
#include "prefix/prompt_reader.h"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace looptax {

// Who cuts the prompts of one target of the plan into tokens.
struct ExplainSource {
    std::shared_ptr<PromptReader> reader; // null: `why` says why not
    std::string why;
    // The target that `reader` is of, where it is another one: a llama-server that cuts the prompts of a runtime without a
    // tokenizer of its own (Ollama). Believed of a prompt where both count the same tokens in it.
    std::string borrowed = {};
};

struct ExplainRequest {
    std::string folder;
    std::map<std::string, ExplainSource> sources; // by target id; targets that are not in it are passed over
    std::shared_ptr<const TaskPack> pack;
    std::int64_t most_ns = 0;                              // 0: as long as it takes; else what is left over is absent and says so
    std::function<void(const std::string& text)> progress; // may be empty
};

// Reads the session, writes nothing. Error: the journal cannot be read, or the user said stop.
Result<SessionExplanations> explainSession(FileOps& files, Clock& clock, const ExplainRequest& request, const CancelFlag& cancel);

// <session>/explanations.jsonl, replaced whole.
Status writeExplanationsFile(FileOps& files, const std::string& folder, const SessionExplanations& all);
// Empty where there is no such file.
Result<SessionExplanations> loadExplanations(FileOps& files, const std::string& folder);

} // namespace looptax
