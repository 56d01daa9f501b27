// The numbers of a session's charts, kept up to date while the session grows: a run that ends costs its own
// block and the turns it touches, however long the session is. A session read from disk goes the same way.
//
// Times and sizes by the rule of core/stats: the last complete attempt of each run, outcome ok, no turn that
// carried over; the median of each block over its cells of different length, then over blocks. Turns that
// loaded the model are left out. Where the blocks of a turn differ in stratum, the more frequent one is taken
// and the turn is marked mixed.
//
// The split of the times is the one thing that every run changes for all turns: its law is fitted to the whole
// session. While a sweep goes on it is made anew only when a twentieth more is on record.
#pragma once

#include "analysis/published_study.h"
#include "analysis/tax_split.h"
#include "chart/chart_source.h"
#include "domain/design.h"
#include "record/record_store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace looptax {

// What charts show that no session says: the designs in their order and with their names, and the published study, whose
// values stand next to ours; null: there is none.
struct ChartReference {
    std::span<const DesignFacts> designs;
    const PublishedStudy* published = nullptr;
};

class SourceKeeper {
public:
    explicit SourceKeeper(ChartReference reference, std::string sessionId = {});
    // Reads on in the store, about so many turns of it at most. True when nothing is left to read. It is one store, which
    // only grows between two calls. live: its last run may still go on.
    // taxSplit: who keeps the split of this very store, asked where a newer one is due; null: it is not made yet, ask
    // again. Without it splitTax() is asked.
    using TaxSplitSource = std::function<const TaxSplit*()>;
    bool catchUp(const RecordStore& store, bool live, std::size_t mostTurns = std::size_t(-1),
                 const TaxSplitSource& taxSplit = {});
    const ChartSource& source() const { return m_source; }

private:
    static constexpr std::size_t kMetrics = 5;
    struct Block { // what one block says of one turn
        std::array<std::optional<double>, kMetrics> medians;
        std::uint32_t turns = 0; // behind it
        std::uint32_t first = 0; // of a single turn its row, of several their place in Slice::several
    };
    using Strata = std::map<std::string, std::map<int, Block>>;                 // stratum -> block_index
    using CurveKey = std::tuple<std::size_t, std::size_t, int, int, CacheMode>; // target, design, cap, padding, mode
    // Where cells of different length share a turn. A turn that has its block to itself is not here: its values are
    // the medians, and most are of that kind.
    struct Sibling {
        std::array<double, kMetrics> values{}; // NaN: it has none
        std::uint32_t row = 0;
    };
    struct Disturbed {
        int turn = 0;
        std::string stratum;
        DisturbedTurn drawn;
    };
    struct Slice { // the complete runs of a curve in one block
        std::vector<std::size_t> rows;
        std::vector<Sibling> several;
        StreamCounts streams;
        std::vector<Disturbed> disturbed;
    };
    struct Kept {
        std::map<int, Strata> turns;
        std::map<int, Slice> slices; // by block
    };

    void readHead(const RecordStore& store);
    void takeRun(const RecordStore& store, std::size_t run);
    void summarise(const RecordStore& store, const CurveKey& key, int block);
    static void noteTurns(Block& block, Slice& slice, const RecordStore& store, const std::vector<const TurnRecord*>& turns);
    void arrange();
    static SourceTurn turnOf(const Kept& kept, int turn, const Strata& strata);
    std::optional<CurveKey> keyOf(const TurnRecord& record) const;
    std::optional<CurveKey> keyOf(const std::string& target, const std::string& design, std::optional<int> cap,
                                  std::optional<int> padding, CacheMode mode) const;
    SourceCurve curveOf(const CurveKey& key) const;
    void split(const RecordStore& store, const TaxSplitSource& taxSplit);
    static Strata::const_iterator commonest(const Strata& strata);
    void readRunning(const RecordStore& store);

    ChartReference m_reference;
    ChartSource m_source;
    bool m_headRead = false;
    std::size_t m_nextRun = 0;           // of the store's runs
    std::vector<std::size_t> m_openRuns; // before it, without an end
    std::map<CurveKey, Kept> m_kept;
    std::set<std::pair<CurveKey, int>> m_staleBlocks;
    std::map<CurveKey, std::set<int>> m_staleTurns;
    using SplitKey = std::tuple<CurveKey, int, std::string>; // turn, stratum
    std::map<SplitKey, SourceSplit> m_splits;
    std::size_t m_splitAt = 0; // turns on record when they were made
    bool m_splitStale = false; // a run has ended since
};

} // namespace looptax
