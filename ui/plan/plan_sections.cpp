#include "ui/plan/plan_sections.h"

#include "base/words.h"
#include "ui/plan/form_section.h"
#include "ui/style/text.h"
#include "ui/widgets/field_text.h"

#include <algorithm>
#include <limits>

namespace looptax {

namespace {

using Value = FormSection::Value;

constexpr std::int64_t kInt = std::numeric_limits<int>::max();

QString s(const char* words) { return QString::fromUtf8(words); }

NumberField::Rules whole(double low, double high, double step = 1, std::int64_t largest = std::int64_t(1) << 53) {
    return {true, low, high, step, largest, {}};
}

NumberField::Rules wholeInt(double low, double high, double step = 1) { return whole(low, high, step, kInt); }

NumberField::Rules real(double low, double high, double step) { return {false, low, high, step, 0, {}}; }

template <class Enum> Enum named(const std::string& word, std::initializer_list<Enum> values, Enum otherwise) {
    for (Enum value : values)
        if (name(value) == word) return value;
    return otherwise;
}

CacheMode modeOf(const std::string& word) {
    return named(word, {CacheMode::RunIsolated, CacheMode::Natural, CacheMode::Cold}, CacheMode::RunIsolated);
}

void setMode(Plan& plan, const std::string& word, bool on) {
    const CacheMode mode = modeOf(word);
    std::vector<CacheMode>& modes = plan.cache_modes;
    modes.erase(std::remove(modes.begin(), modes.end(), mode), modes.end());
    if (!on) return;
    modes.insert(std::upper_bound(modes.begin(), modes.end(), mode), mode);
}

QString asTime(std::int64_t ms) {
    return ms == 0 ? QStringLiteral("ms = none") : QStringLiteral("ms = ") + text(durationText(double(ms) / 1'000));
}

void addWait(FormSection* form, const char* key, const char* label, const char* subject, const char* tip,
             std::int64_t Deadlines::*value) {
    form->addWhole(
        {std::string("$.deadlines_ms.") + key, s(label), s(subject), s(tip)},
        [value](const Plan& p) { return p.deadlines.*value; }, [value](Plan& p, std::int64_t ms) { p.deadlines.*value = ms; },
        whole(1, 86'400'000, 1'000), asTime);
}

std::optional<int> asInt(const std::optional<std::int64_t>& value) {
    return value ? std::optional<int>(int(*value)) : std::nullopt;
}

// A field that is left out of the requests: some servers refuse what they do not know.
NumberField::Rules orNotSent(NumberField::Rules rules) {
    rules.absent = QStringLiteral("not sent");
    return rules;
}

void addSampling(FormSection* form) {
    form->addSubtitle(s("Sampling"), "$.sampling", s("Sampling"));
    form->addMaybeReal(
        {"$.sampling.temperature", s("Temperature"), s("The temperature"),
         s("0 takes the likeliest token each time; the post used 0.2. Blank: not sent")},
        [](Plan& p) -> std::optional<double>& { return p.sampling.temperature; }, orNotSent(real(0, 10, 0.1)));
    form->addMaybeReal(
        {"$.sampling.top_p", s("Top p"), s("Top p"),
         s("Only the likeliest tokens that together reach this share. Blank: not sent")},
        [](Plan& p) -> std::optional<double>& { return p.sampling.top_p; }, orNotSent(real(0, 1, 0.05)));
    form->addMaybeWhole(
        {"$.sampling.top_k", s("Top k"), s("Top k"), s("Only this many of the likeliest tokens; 0: all. Blank: not sent")},
        [](const Plan& p) { return p.sampling.top_k; },
        [](Plan& p, std::optional<std::int64_t> v) { p.sampling.top_k = asInt(v); }, orNotSent(wholeInt(0, 1'000'000)));
    form->addMaybeReal(
        {"$.sampling.min_p", s("Min p"), s("Min p"),
         s("Only tokens at least this likely, against the likeliest. Blank: not sent")},
        [](Plan& p) -> std::optional<double>& { return p.sampling.min_p; }, orNotSent(real(0, 1, 0.01)));
    form->addMaybeReal(
        {"$.sampling.repeat_penalty", s("Repeat penalty"), s("The repeat penalty"), s("1: none. Blank: not sent")},
        [](Plan& p) -> std::optional<double>& { return p.sampling.repeat_penalty; }, orNotSent(real(0, 10, 0.05)));
    form->addMaybeWhole(
        {"$.sampling.seed", s("Seed"), s("The seed"), s("Sent with every request, the same for all designs. Blank: not sent")},
        [](const Plan& p) { return p.sampling.seed; }, [](Plan& p, std::optional<std::int64_t> v) { p.sampling.seed = v; },
        orNotSent(whole(0, 2'147'473'647)));
    form->addChoice(
        {"$.sampling.seed_policy", s("Seed of repeats"), s("The seed of repeats"), s("Whether repeats differ in their seed")},
        {{"fixed", s("the same for all"), s("Repeats differ by the machine alone: they measure its noise")},
         {"per-run", s("one more each"), s("Repeats differ in what is said too: they measure the model")}},
        [](const Plan& p) { return std::string(name(p.sampling.seed_policy)); },
        [](Plan& p, const std::string& word) {
            p.sampling.seed_policy = named(word, {SeedPolicy::Fixed, SeedPolicy::PerRun}, SeedPolicy::Fixed);
        });
}

void addReply(FormSection* form) {
    form->addSubtitle(s("Reply"), "$.reply", s("The reply"));
    form->addChoice(
        {"$.reply.format", s("Format"), s("The format"), s("How the model is brought to answer in JSON")},
        {{"prompt", s("asked for in the prompt"), s("As in the post: a fenced block, and the fence is part of the task")},
         {"json", s("any JSON, forced"), s("The runtime lets only JSON pass")},
         {"json_schema", s("JSON of the schema, forced"), s("The runtime lets only JSON of the right form pass")}},
        [](const Plan& p) { return std::string(name(p.reply.format)); },
        [](Plan& p, const std::string& word) {
            p.reply.format =
                named(word, {ReplyFormat::Prompt, ReplyFormat::AnyJson, ReplyFormat::JsonSchema}, ReplyFormat::Prompt);
        });
    NumberField::Rules tokens = wholeInt(1, 1'000'000, 64);
    tokens.absent = QStringLiteral("auto");
    form->addMaybeWhole(
        {"$.reply.max_tokens", s("Longest reply"), s("The longest reply"),
         s("In tokens. auto: twice what a right reply takes, at least 256")},
        [](const Plan& p) { return p.reply.max_tokens; },
        [](Plan& p, std::optional<std::int64_t> v) { p.reply.max_tokens = asInt(v); }, tokens);
    form->addCheck({"$.reply.thinking", s("Let the model think first"), s("Thinking"),
                    s("Reasoning before the answer, where the model can; time to first token then counts the "
                      "first of it")},
                   [](Plan& p) -> bool& { return p.reply.thinking; });
}

void addOrder(FormSection* form) {
    form->addChoice(
        {"$.order", s("Order of runs"), s("The order"), s("Within each repeat of a target")},
        {{"blocked", s("by chance in each repeat"), s("Drift of the machine spreads over all cells")},
         {"listed", s("as written"), s("Drift of the machine looks like a difference between cells")}},
        [](const Plan& p) { return std::string(name(p.order)); },
        [](Plan& p, const std::string& word) {
            p.order = named(word, {Order::Blocked, Order::Listed}, Order::Blocked);
        });
    form->addWhole(
        {"$.order_seed", s("Seed of the order"), s("The seed of the order"), s("The same seed gives the same order")},
        [](const Plan& p) { return p.order_seed; }, [](Plan& p, std::int64_t v) { p.order_seed = v; }, whole(0, 9e15));
    form->addWhole(
        {"$.warmup_requests", s("Warm-ups"), s("The number of warm-ups"),
         s("Requests before the first run of a target: unrelated text, recorded, never counted")},
        [](const Plan& p) { return p.warmup_requests; }, [](Plan& p, std::int64_t v) { p.warmup_requests = int(v); },
        wholeInt(0, 100));
    form->addWhole(
        {"$.cooldown_ms", s("Pause before runs"), s("The pause"), s("Lets a machine that throttles cool down")},
        [](const Plan& p) { return p.cooldown_ms; }, [](Plan& p, std::int64_t v) { p.cooldown_ms = v; },
        whole(0, 3'600'000, 1'000), asTime);
}

} // namespace

FormSection* makeConductSection(QWidget* parent) {
    auto* form = new FormSection(parent);
    form->addWhole(
        {"$.repeats", s("&Repeats"), s("The number of repeats"),
         s("How often every cell is run. 8 or more allow verdicts; fewer are a screening")},
        [](const Plan& p) { return p.repeats; }, [](Plan& p, std::int64_t v) { p.repeats = int(v); }, wholeInt(1, 10'000));
    form->addChecks(
        {"$.cache_modes", s("Prompt cache"), s("The list of cache modes"), s("Each ticked mode is measured on its own")},
        {{"run-isolated", s("kept within a run"),
          s("run-isolated: turn 1 reuses nothing, later turns whatever the runtime keeps of their own "
            "conversation")},
         {"natural", s("left alone"),
          s("natural: nothing is done. Turn 1 then depends on what ran before, so it is left out of ratios "
            "and medians")},
         {"cold", s("never used"), s("cold: no turn reuses anything: every prompt is processed whole")}},
        [](const Plan& p, const std::string& word) {
            return std::find(p.cache_modes.begin(), p.cache_modes.end(), modeOf(word)) != p.cache_modes.end();
        },
        setMode);
    form->addChoice(
        {"$.on_bad_turn", s("&After a bad turn"), s("What happens after a bad turn"),
         s("What the next turn starts from when a reply was wrong (B, C, D)")},
        {{"carry", s("go on with what was said"),
          s("carry: as in the post. A wrong state that can be read becomes the next state")},
         {"oracle", s("put the right state back"), s("oracle: turns stay comparable whatever the model said")},
         {"stop", s("end the run"), s("stop: turns after it are not attempted, and counted so")}},
        [](const Plan& p) { return std::string(name(p.on_bad_turn)); },
        [](Plan& p, const std::string& word) {
            p.on_bad_turn = named(word, {OnBadTurn::Carry, OnBadTurn::Oracle, OnBadTurn::Stop}, OnBadTurn::Carry);
        });
    return form;
}

FormSection* makeAnalysisSection(QWidget* parent) {
    auto* form = new FormSection(parent);
    form->addSubtitle(s("Fixed before the first turn"), "$.analysis", s("The verdicts"));
    form->addReal(
        {"$.analysis.alpha", s("Alpha"), s("Alpha"), s("How often a verdict of the family may be wrong by chance")},
        [](Plan& p) -> double& { return p.analysis.alpha; }, real(0.0001, 0.5, 0.01));
    form->addWords({"$.analysis.family", s("Hypotheses"), s("The list of hypotheses"), s("Those of the post: H1 to H5")},
                   [](Plan& p) -> std::vector<std::string>& { return p.analysis.family; });
    form->addWords(
        {"$.analysis.own_family", s("Own hypotheses"), s("The list of own hypotheses"), s("Those of this program: T1 to T4, Q1")},
        [](Plan& p) -> std::vector<std::string>& { return p.analysis.own_family; });
    form->addReal(
        {"$.analysis.delta_q", s("Quality margin"), s("The quality margin"), s("Pass rates nearer than this count as equal")},
        [](Plan& p) -> double& { return p.analysis.delta_q; }, real(0.001, 0.999, 0.01));
    form->addReal(
        {"$.analysis.delta_t", s("Time margin"), s("The time margin"), s("Times within this ratio count as equal")},
        [](Plan& p) -> double& { return p.analysis.delta_t; }, real(1.001, 100, 0.05));
    form->addChoice(
        {"$.analysis.primary", s("Main measure"), s("The main measure"), s("What the verdicts on growth look at")},
        {{"slope_processed", s("TTFT by processed tokens"), s("Slope of TTFT against the tokens the runtime processed")},
         {"slope_context", s("TTFT by context tokens"), s("Slope of TTFT against the context, reused or not")},
         {"ratio", s("last turn to first"), s("Ratio of TTFT, last turn to first")}},
        [](const Plan& p) { return p.analysis.primary; }, [](Plan& p, const std::string& word) { p.analysis.primary = word; });
    return form;
}

FormSection* makeAdvancedSection(const Catalogue& catalogue, QWidget* parent) {
    auto* form = new FormSection(parent);
    form->addText({"$.name", s("Name of the plan"), s("The name"), s("A label for people; folders are named by date")},
                  [](Plan& p) -> std::string& { return p.name; });
    form->addWhole(
        {"$.context_tokens", s("Context"), s("The context"),
         s("Tokens a slot must hold: asked of managed servers and of Ollama, checked elsewhere")},
        [](const Plan& p) { return p.context_tokens; }, [](Plan& p, std::int64_t v) { p.context_tokens = int(v); },
        wholeInt(256, 16'777'216, 1'024), [](std::int64_t) { return QStringLiteral("tokens"); });
    addOrder(form);
    addSampling(form);
    addReply(form);
    form->addSubtitle(s("How long to wait"), "$.deadlines_ms", s("Waiting"));
    addWait(form, "connect", "To connect", "The wait for a connection", "Until a connection stands", &Deadlines::connect);
    addWait(form, "first_output", "For output", "The wait for output",
            "From the request to the first output: a long prompt on a slow machine takes minutes", &Deadlines::first_output);
    addWait(form, "idle", "Between output", "The wait between output", "Silence after the first output", &Deadlines::idle);
    addWait(form, "total", "In all", "The wait in all", "One turn from request to end", &Deadlines::total);
    form->addSubtitle(s("Task"), "$.task", s("The task"));
    std::vector<Value> packs;
    for (std::string_view pack : catalogue.task_packs) packs.push_back({std::string(pack), text(std::string(pack)), {}});
    form->addChoice(
        {"$.task.pack", s("Task pack"), s("The task pack"), s("The texts and the material of the entries")}, packs,
        [](const Plan& p) { return p.task.pack; }, [](Plan& p, const std::string& word) { p.task.pack = word; });
    form->addWhole(
        {"$.task.seed", s("Seed of the task"), s("The seed of the task"),
         s("Which entries are made up: the same for all designs and repeats")},
        [](const Plan& p) { return p.task.seed; }, [](Plan& p, std::int64_t v) { p.task.seed = v; }, whole(0, 9e15));
    return form;
}

} // namespace looptax
