#include "report/compare_targets.h"

#include "base/text.h"
#include "report/report_sections.h"

#include <algorithm>
#include <map>
#include <set>

namespace looptax {

namespace {

using Cells = std::set<std::string>; // "A run-isolated", "C cap 3 cold"

struct Side {
    std::string id;
    std::string kind;
    Cells cells; // of turns on record
    bool taken = false;
};

std::string cellText(const TurnRecord& turn) {
    std::string out = turn.design;
    if (turn.cap) out += " cap " + std::to_string(*turn.cap);
    if (turn.padding) out += " padding " + std::to_string(*turn.padding);
    return out + " " + std::string(name(turn.cache_mode));
}

std::vector<Side> sidesOf(const ReportInputs& in) {
    std::map<std::string, Cells> cells;
    for (const TurnRecord& turn : in.turns) cells[turn.target].insert(cellText(turn));
    std::vector<Side> out;
    for (const ReportTarget& target : reportTargets(in))
        if (cells.count(target.id) != 0) out.push_back({target.id, target.kind, cells[target.id], false});
    return out;
}

bool overlap(const Side& a, const Side& b) {
    return std::any_of(a.cells.begin(), a.cells.end(), [&](const std::string& cell) { return b.cells.count(cell) != 0; });
}

std::string describe(const std::vector<Side>& sides) {
    std::vector<std::string> parts;
    for (const Side& side : sides)
        parts.push_back(side.id + " (" + (side.kind.empty() ? "a runtime without a name" : side.kind) +
                        "): " + joined({side.cells.begin(), side.cells.end()}, ", "));
    return joined(parts, "; ");
}

std::string idsOf(const std::vector<Side*>& sides) {
    std::vector<std::string> ids;
    for (const Side* side : sides) ids.push_back(side->id);
    return joined(ids, ", ");
}

class Matcher {
public:
    Matcher(const ReportInputs& first, const ReportInputs& second) : m_first(sidesOf(first)), m_second(sidesOf(second)) {}

    Result<TargetMatch> run(const std::vector<TargetPair>& wanted) {
        if (m_first.empty() || m_second.empty())
            return Error{ErrorKind::Plan,
                         std::string("the ") + (m_first.empty() ? "first" : "second") +
                             " session has no turn on record: there is nothing to compare",
                         {},
                         {},
                         0};
        for (const TargetPair& pair : wanted)
            if (const Status status = want(pair); !status) return status.error();
        byName();
        if (const Status status = byKind(); !status) return status.error();
        if (m_out.pairs.empty())
            return Error{ErrorKind::Plan,
                         "the sessions have no cell in common on the same kind of runtime: the first has " + describe(m_first) +
                             "; the second has " + describe(m_second),
                         {},
                         "--match FIRST=SECOND sets two targets of different kinds side by side",
                         0};
        return std::move(m_out);
    }

private:
    void pair(Side& a, Side& b, const std::string& how) {
        a.taken = b.taken = true;
        m_out.pairs.push_back({a.id, b.id});
        m_out.how.push_back(how);
    }

    Result<Side*> named(std::vector<Side>& sides, const std::string& id, const char* which) {
        std::vector<std::string> ids;
        for (Side& side : sides) {
            ids.push_back(side.id);
            if (side.id != id) continue;
            if (side.taken) return Error{ErrorKind::Usage, "--match names target " + id + " twice", {}, {}, 0};
            return &side;
        }
        return Error{ErrorKind::Usage,
                     std::string("the ") + which + " session has no turn of a target " + id,
                     {},
                     "it has: " + joined(ids, ", "),
                     0};
    }

    Status want(const TargetPair& wanted) {
        const auto a = named(m_first, wanted.first, "first");
        if (!a) return a.error();
        const auto b = named(m_second, wanted.second, "second");
        if (!b) return b.error();
        if (!overlap(**a, **b))
            return Error{ErrorKind::Plan,
                         "targets " + wanted.first + " and " + wanted.second +
                             " have no cell in common: " + joined({(*a)->cells.begin(), (*a)->cells.end()}, ", ") + " and " +
                             joined({(*b)->cells.begin(), (*b)->cells.end()}, ", "),
                         {},
                         {},
                         0};
        pair(**a, **b,
             wanted.first + " is set beside " + wanted.second + " because it was asked for" +
                 ((*a)->kind == (*b)->kind ? "." : ": " + (*a)->kind + " and " + (*b)->kind + " are different runtimes."));
        return {};
    }

    void byName() {
        for (Side& a : m_first)
            for (Side& b : m_second)
                if (!a.taken && !b.taken && a.id == b.id && a.kind == b.kind && overlap(a, b))
                    pair(a, b,
                         a.id + " has the same name and the same kind of runtime in both" +
                             (a.kind.empty() ? "." : " (" + a.kind + ")."));
    }

    Status byKind() {
        std::set<std::string> kinds;
        for (const Side& side : m_first) kinds.insert(side.kind);
        for (const std::string& kind : kinds) {
            const auto open = [&](std::vector<Side>& sides, std::vector<Side>& others) {
                std::vector<Side*> out;
                for (Side& side : sides)
                    if (!side.taken && side.kind == kind && std::any_of(others.begin(), others.end(), [&](const Side& other) {
                            return !other.taken && other.kind == kind && overlap(side, other);
                        }))
                        out.push_back(&side);
                return out;
            };
            const std::vector<Side*> a = open(m_first, m_second), b = open(m_second, m_first);
            if (a.empty()) continue;
            if (a.size() > 1 || b.size() > 1)
                return Error{ErrorKind::Plan,
                             "which target is which cannot be told: of kind " + kind + " the first session has " + idsOf(a) +
                                 " and the second " + idsOf(b),
                             {},
                             "say it: --match " + a.front()->id + "=" + b.front()->id,
                             0};
            pair(*a.front(), *b.front(),
                 a.front()->id + " is set beside " + b.front()->id + ": the only two of kind " + kind +
                     " that ran the same cells.");
        }
        return {};
    }

    std::vector<Side> m_first, m_second;
    TargetMatch m_out;
};

} // namespace

Result<TargetMatch> matchTargets(const ReportInputs& first, const ReportInputs& second, const std::vector<TargetPair>& wanted) {
    return Matcher(first, second).run(wanted);
}

} // namespace looptax
