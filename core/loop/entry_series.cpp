#include "loop/entry_series.h"

#include "base/seeded_random.h"
#include "base/text.h"
#include "loop/calendar.h"

#include <algorithm>
#include <set>

namespace looptax {

namespace {

class EntryWriter {
public:
    EntryWriter(const TaskPack& pack, std::int64_t seed) : m_pack(pack), m_random(std::uint64_t(seed)) {}

    int gap() { return m_pack.days_between[m_random.below(m_pack.days_between.size())]; }

    // The first draw of the wanted length that was not used before. Should the material run out (thousands of
    // entries), texts come again under a new date; should no draw have the length, the nearest is taken.
    LogEntry write(const std::string& date, IntRange chars) {
        LogEntry nearest;
        std::int64_t nearestBy = -1;
        for (int tries = 0; tries < kTries; ++tries) {
            const Draft draft = drawn();
            // Packs are plain ASCII: a closing adds its own length and nothing else.
            const std::int64_t without = entryBlockChars(assembled(date, draft, ""));
            const auto off = [&](const std::string& closing) {
                const std::int64_t size = without + std::int64_t(closing.size());
                return std::max<std::int64_t>({0, chars.from - size, size - chars.to});
            };
            std::vector<const std::string*> fitting;
            for (const std::string& closing : m_pack.closings) {
                if (off(closing) == 0) fitting.push_back(&closing);
                if (nearestBy < 0 || off(closing) < nearestBy) {
                    nearestBy = off(closing);
                    nearest = assembled(date, draft, closing);
                }
            }
            if (fitting.empty()) continue;
            LogEntry entry = assembled(date, draft, *pick(fitting));
            if (m_used.insert(text(entry)).second) return entry;
        }
        return nearest;
    }

private:
    static constexpr int kTries = 200;
    struct Draft {
        std::string topic;
        std::string finding;
    };

    template <class T> const T& pick(const std::vector<T>& items) { return items[m_random.below(items.size())]; }

    Draft drawn() {
        const Subject& subject = pick(m_pack.subjects);
        Draft draft;
        draft.topic = expanded(subject.topic);
        draft.finding = expanded(pick(subject.findings));
        return draft;
    }

    LogEntry assembled(const std::string& date, const Draft& draft, const std::string& closing) const {
        const auto& keys = m_pack.entry_keys;
        return {{{keys[0], date}, {keys[1], draft.topic}, {keys[2], draft.finding + "; " + closing + "."}}};
    }

    static std::string text(const LogEntry& entry) { return entry.fields[1].second + '\n' + entry.fields[2].second; }

    std::string expanded(std::string_view pattern) {
        std::string out;
        while (true) {
            const std::size_t open = pattern.find('{');
            const std::size_t close = pattern.find('}', open);
            if (open == std::string_view::npos || close == std::string_view::npos) return out.append(pattern);
            out += pattern.substr(0, open);
            const auto slot = m_pack.slots.find(pattern.substr(open + 1, close - open - 1));
            if (slot != m_pack.slots.end()) out += value(slot->second);
            pattern.remove_prefix(close + 1);
        }
    }

    std::string value(const Slot& slot) {
        if (!slot.words.empty()) return pick(slot.words);
        std::string digits =
            std::to_string(slot.numbers.from + int(m_random.below(std::uint64_t(slot.numbers.to - slot.numbers.from) + 1)));
        if (slot.decimals == 0) return digits;
        const auto decimals = std::size_t(slot.decimals);
        if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
        digits.insert(digits.size() - decimals, 1, '.');
        return digits;
    }

    const TaskPack& m_pack;
    SeededRandom m_random;
    std::set<std::string> m_used;
};

} // namespace

EntrySeries makeEntries(const TaskPack& pack, std::int64_t seed, int turns, int padding) {
    EntryWriter writer(pack, seed);
    EntrySeries series;
    std::int64_t newest = dayNumber(pack.first_date).value_or(0);
    std::int64_t oldest = newest;
    // Each step draws one entry of either kind, wanted or not: so neither series depends on the length of the
    // other.
    for (int i = 0; i < std::max(turns, padding); ++i) {
        LogEntry turn = writer.write(isoDate(newest), pack.block_chars);
        newest += writer.gap();
        oldest -= writer.gap();
        const std::size_t range = std::min(std::size_t(i), pack.padding_block_chars.size() - 1);
        LogEntry pad = writer.write(isoDate(oldest), pack.padding_block_chars[range]);
        if (i < turns) series.turns.push_back(std::move(turn));
        if (i < padding) series.padding.push_back(std::move(pad));
    }
    return series;
}

} // namespace looptax
