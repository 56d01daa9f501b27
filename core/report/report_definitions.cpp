// What every number of summary.json is, by its name there. Those a reader of the report meets stand in it too.
#include "report/report_sections.h"

namespace looptax {

namespace {

struct Definition {
    std::string_view term;
    std::string_view sentence;
    bool shown = false; // in the report
};

constexpr Definition kDefinitions[] = {
    {"n", "blocks (one repeat of every cell) that have a value; of slopes and ratios runs; of verdicts what stands beside them (n_of in summary.json)", true},
    {"median", "of the medians of the blocks, within a block first over its cells of different N; min and max likewise", true},
    {"interval",
     "low and high with the coverage it really has and its method: of medians exact order statistics, of rates by turn "
     "Wilson, of claims about runs Clopper-Pearson, of means Student's t, of ratios Student's t on logarithms",
     true},
    {"mad", "median of the distances from the median, raw; absent for one block", true},
    {"outliers",
     "blocks flagged by a modified z above 3.5 (from 8 blocks on), else a maximum above twice the median; they stay in "
     "every number, median_without_outliers stands beside",
     true},
    {"times and sizes",
     "turns with outcome ok of complete runs; carry_over turns and turns whose cache mode did not hold are left out "
     "(cache_modes, left_out)",
     true},
    {"pass_rates",
     "last attempt of every run that ended complete, failed or stopped; a failed turn is not passed; not_attempted "
     "turns are not in turns",
     true},
    {"all_pass",
     "valid JSON in its fence, schema, count, every entry there, newest first (B-tail: oldest first): all five, against "
     "the true log",
     true},
    {"ttft_ms", "from the request's write to the read that carries the first content, reasoning or tool delta", true},
    {"context_tokens_estimate", "characters of the prompt / 4, an estimate; prompt_tokens is the runtime's", true},
    {"cached_tokens", "prompt tokens that the runtime says it reused; processed_tokens those it read anew", true},
    {"decode_tps",
     "(predicted_tokens - 1) / (last - first delta), by the client's clock; a counted stop token biases it by 1/n", true},
    {"decode_tps_runtime", "(predicted_tokens - 1) / predicted_ms, both as the runtime reports them", true},
    {"state_file_bytes", "size of the state file that was fed into the turn; design A has none", true},
    {"ms_per_1k",
     "Theil-Sen slope of TTFT on tokens within a run of three turns or more, then the median over runs; ms per 1,000 tokens",
     true},
    {"elasticity", "the same slope of ln TTFT on ln tokens, without unit: about 1 in proportion, about 0 flat", true},
    {"ratio", "TTFT of turn N over turn 1 of the same run: geometric mean over runs; ratio_median without a distribution",
     true},
    {"p_adjusted", "p after Holm over the family the hypothesis belongs to", true},

    // The rest by its place.
    {"runs", "of the plan, each once by its best or last attempt; in slopes complete ones, in quality ended ones"},
    {"planned", "runs"},
    {"complete", "runs whose N turns all ended ok"},
    {"stopped", "runs ended by on_bad_turn stop"},
    {"cancelled", "runs a person ended"},
    {"interrupted", "runs that a kill cut, or that are under way"},
    {"not_begun", "runs"},
    {"analysis", "rules in force, amendments included, and what stands around the verdicts"},
    {"rules", "fixed before the first turn unless an amendment says otherwise"},
    {"alpha", "level of every test, before Holm"},
    {"delta_q", "least change of a pass rate that counts, as a share"},
    {"delta_t", "least change of a time that counts, as a ratio"},
    {"add_repeats", "repeats that would have to be added for verdicts; 0: none"},
    {"repeats", "in force from that amendment on"},
    {"amendments", "changes of the plan after it was journalled, in order"},
    {"verdicts", "one a hypothesis and target, by the rule quoted in it"},
    {"effect", "what effect_name says, in effect_unit"},
    {"low", "of an interval, a law's parameter or a plan's range"},
    {"high", "likewise"},
    {"coverage", "of an interval, 0 to 1: what it has, not what was asked for"},
    {"p", "of the test named in the same row, unadjusted"},
    {"left_out", "of a verdict: runs that could not be used; elsewhere turns whose cache mode did not hold"},
    {"cache_modes", "turns that ended well, by what the runtime's count of cached tokens shows of the mode's promise"},
    {"verified", "the promise held"},
    {"broken", "it did not"},
    {"not_verifiable", "the runtime does not count cached tokens"},
    {"counts_disagree", "turns whose reused and read tokens do not add up to the prompt"},
    {"cached_tokens_estimate", "worked out from times where a runtime does not count; never a measurement"},
    {"rates", "reading rates that the estimate rests on"},
    {"cold_turns", "turns that must have read everything"},
    {"lengths", "different prompt lengths among them"},
    {"shortest", "prompt among them, tokens"},
    {"longest", "likewise"},
    {"spread_percent", "of their times around the fit"},
    {"estimate", "cached tokens, estimated; low and high beside it"},
    {"power", "chance that Fisher's two-sided test at alpha finds a fall from 1 to that share with n runs a side; where no fall was shown"},
    {"share", "of a power: the true share on the lower side"},
    {"more_runs", "more runs a cell that would decide it at the spread seen"},
    {"summaries", "times and sizes by turn"},
    {"cap", "entries the state of C may hold"},
    {"padding", "entries the state of D starts with"},
    {"turn", "from 1"},
    {"min", "of the medians of the blocks"},
    {"max", "likewise"},
    {"block", "number of the block"},
    {"value", "of what the row names"},
    {"median_without_outliers", "the median if the flagged blocks were not there"},
    {"p90", "percentile (type 7) from 29 blocks on; of clock errors p50 and p99 of their absolute values"},
    {"p95", "percentile (type 7) from 59 blocks on"},
    {"p99", "percentile (type 7) from 299 blocks on; of clock errors as p50"},
    {"p50", "of the absolute values of clock errors"},
    {"ttft_content_ms", "to the first content delta alone"},
    {"prompt_tokens", "the runtime's count"},
    {"processed_tokens", "prompt tokens read anew, the runtime's count"},
    {"prompt_ms", "the runtime's own prompt time"},
    {"predicted_tokens", "tokens of the reply, the runtime's count"},
    {"reply_chars", "code points of the reply"},
    {"state_replace_ms", "durable replacement of the state file"},
    {"gap_before_ms", "end of the run's turn before until the request was written"},
    {"slopes", "by cell: a line through the turns of each run, then over runs"},
    {"n_turns", "N: turns of a run of the cell"},
    {"on_processed_tokens", "TTFT against tokens read anew"},
    {"on_context_tokens_estimate", "TTFT against characters / 4"},
    {"on_prompt_tokens", "TTFT against all prompt tokens, the runtime's count"},
    {"intercept_ms", "median of y - slope x within a run, then over runs"},
    {"ratio_median", "TTFT of turn N over turn 1: median over runs"},
    {"blocks", "that gave a turn"},
    {"turns", "attempted; in failures those that went wrong so; in rereads those of llama-server that ended ok; of a law those fitted"},
    {"failed", "turns whose outcome is not ok; of runs those that ended so"},
    {"not_attempted", "planned turns after a run had failed or stopped"},
    {"valid_json", "turns whose reply parses, in its fence where the plan asks for one"},
    {"schema_ok", "turns whose log is a list of objects"},
    {"count_match", "turns whose count is the true one"},
    {"entries_complete", "turns whose log has the right length"},
    {"sort_correct", "turns whose log is in order"},
    {"all_pass_local", "all five against the state that was fed in"},
    {"content_exact", "turns with every held entry word for word"},
    {"pass_after_pass", "turns that passed after a turn that passed: the post's cond_pass"},
    {"pass_after_fail", "turns that passed after one that did not"},
    {"passed", "of a share"},
    {"of", "what the share is of"},
    {"replies", "ok turns whose reply is known by its hash"},
    {"distinct_replies", "different ones of them"},
    {"wilson", "interval of each flag's share of turns"},
    {"blocks_all_pass", "blocks whose every attempted turn of that number passed; interval by Clopper-Pearson"},
    {"totals", "passes of all turns of a design, whatever the turn and the N"},
    {"quality", "passes by cell and run"},
    {"whole_runs", "runs whose every turn passed; interval by Clopper-Pearson"},
    {"last_turn", "runs whose turn N passed; interval by Clopper-Pearson"},
    {"turns_passed", "of turns"},
    {"rate", "mean of the runs' shares of passed turns"},
    {"standard_error", "of that mean, over runs"},
    {"icc_raw", "intraclass correlation of the turns of a run, ANOVA estimate; can be below 0"},
    {"icc", "the same, not below 0"},
    {"effective_n", "what the turns are worth as independent ones"},
    {"beta_binomial", "rate of passed turns where every run has a rate of its own; null below 10 runs; interval by profile likelihood"},
    {"correlation", "of two turns of a run, by that model: 0 independent, 1 a run passes whole or not at all"},
    {"failures_in_a_row", "neighbouring pairs of failed turns"},
    {"p_failures_in_a_row", "chance of at least as many if each run's turns stood in any order, exact"},
    {"transcripts", "runs whose every reply is known by its hash"},
    {"distinct_transcripts", "different ones of them"},
    {"failures", "kinds of failed and wrong turns, the most frequent first"},
    {"rereads", "why turns were re-read; made by the runtime's own template and tokenizer"},
    {"absent", "of rereads: turns without an account; they are in turns too"},
    {"explained", "turns whose reason is known"},
    {"exact", "turns for which the rule names the very number of reused tokens"},
    {"mismatches", "turns on which counts disagree"},
    {"reasons", "means a turn, by reason"},
    {"reused", "prompt tokens, mean a turn"},
    {"read_anew", "prompt tokens, mean a turn"},
    {"state_tokens", "tokens of the state in the prompt, mean a turn; null where the server gives token ids without their texts"},
    {"state_reused", "of them, mean a turn"},
    {"loops", "of rereads: tokens read anew in turns 2 to N; of tax_split: a loop from end to end"},
    {"promised", "by the rule, with right replies"},
    {"measured", "mean of complete runs, run-isolated; turns whose cache mode did not hold are left out"},
    {"tax_split", "what a time to first token is made of, by a law fitted to the session; kept to nine digits"},
    {"targets", "of tax_split: the law of each target"},
    {"overhead_ms", "parameter of the law, with its 95 % interval by the jackknife over runs"},
    {"per_token_ms", "likewise: for a token that is read"},
    {"per_token_context_ms", "likewise: for its attention to one token of the prompt"},
    {"residual_percent", "median of |TTFT - law| / law"},
    {"fixed_ms", "the law's overhead less what typically lies outside the model"},
    {"outside_ms", "TTFT less the runtime's own prompt time"},
    {"entry_tokens", "what the prompt grew by when the state first grew, median"},
    {"left_over_percent", "median of |left_over_ms| / TTFT"},
    {"left_over_ms", "TTFT less all parts, of either sign"},
    {"reread_ms", "prompt tokens read anew beyond the new message, by the law"},
    {"new_message_ms", "the tokens this turn brought, by the law"},
    {"attention_ms", "attention of the tokens read to the whole prompt, by the law"},
    {"decode", "decode rate over the context: Theil-Sen within a run, then over runs"},
    {"context_tokens", "shortest and longest, medians over runs"},
    {"tps_per_1000_tokens", "change of the rate for 1,000 tokens more of context"},
    {"total_ms", "a loop from the send of its first turn to the end of its last answer"},
    {"decode_ms", "from each first token to the end of its answer"},
    {"state_file_ms", "durable replacement of the state file"},
    {"instrument", "how far this program's clock is off, measured by looptax calibrate or in the window"},
    {"charts_painted", "it was measured beside live charts"},
    {"journalled", "the sweep knew it; otherwise it is the one kept on the machine that wrote this"},
    {"cores", "of the machine"},
    {"time_error_ms", "two times closer than this are not told apart"},
    {"rate_error_percent", "two rates closer than this are not told apart"},
    {"ttft_error_ms", "our TTFT less the server's own"},
    {"decode_error_percent", "our decode rate over the server's own, less 1"},
    {"gap_ms", "end of a turn to the send of the next; of a loop all of it but the state file"},
    {"gap_with_state_ms", "the same with a durable state file in it"},
};

} // namespace

const std::vector<std::pair<std::string_view, std::string_view>>& definitions() {
    static const auto kShown = [] {
        std::vector<std::pair<std::string_view, std::string_view>> out;
        for (const Definition& definition : kDefinitions)
            if (definition.shown) out.emplace_back(definition.term, definition.sentence);
        return out;
    }();
    return kShown;
}

const std::vector<std::pair<std::string_view, std::string_view>>& allDefinitions() {
    static const auto kAll = [] {
        std::vector<std::pair<std::string_view, std::string_view>> out;
        for (const Definition& definition : kDefinitions)
            out.emplace_back(definition.term, definition.sentence);
        return out;
    }();
    return kAll;
}

} // namespace looptax
