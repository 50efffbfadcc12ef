#include "timetable/conflicts.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace bw::timetable {

namespace {

using Kind = Conflict::Kind;

/// Sweeps over occurrences in order; whoever is still busy when the next begins collides.
class Sweep {
public:
    Sweep(const Plan& plan, std::size_t limit) : plan_(plan), limit_(limit) {}

    void busy(Kind kind, const std::string& what, const Occurrence& occurrence) {
        auto& running = busy_[std::pair(kind, what)];
        std::erase_if(running, [&](const Occurrence* one) { return one->end <= occurrence.begin; });
        for (const Occurrence* one : running)
            collide(kind, what, *one, occurrence);
        // More at once than this say nothing new.
        if (running.size() < 8)
            running.push_back(&occurrence);
    }

    Conflicts take() { return {std::move(list_), more_}; }

private:
    void collide(Kind kind, const std::string& what, const Occurrence& a, const Occurrence& b) {
        // A section's own collision is told once, not for each of its groups too.
        if (kind == Kind::group && section(a) == section(b))
            return;
        const auto [low, high] = std::minmax(a.lesson, b.lesson);
        const auto key = std::tuple(kind, low, high, what);
        if (const auto found = found_.find(key); found != found_.end()) {
            ++list_[found->second].times;
        } else if (list_.size() == limit_) {
            more_ = true;
        } else {
            found_.emplace(key, list_.size());
            list_.push_back({kind, low, high, what, b.begin});
        }
    }
    SectionId section(const Occurrence& one) const {
        return plan_.timetable().lessons[one.lesson].section;
    }

    const Plan& plan_;
    std::size_t limit_;
    std::map<std::pair<Kind, std::string>, std::vector<const Occurrence*>> busy_;
    std::map<std::tuple<Kind, std::uint32_t, std::uint32_t, std::string>, std::size_t> found_;
    std::vector<Conflict> list_;
    bool more_ = false;
};

} // namespace

Conflicts conflicts(const Plan& plan, Instant from, Instant until,
                    std::span<const StudentGroup> groups, std::size_t limit) {
    std::unordered_map<SectionId, std::vector<const std::string*>> groups_of;
    for (const StudentGroup& group : groups)
        for (const SectionId section : group.sections)
            groups_of[section].push_back(&group.name);
    const std::vector<Occurrence> all = occurrences(plan, from, until);
    Sweep sweep(plan, limit);
    for (const Occurrence& one : all) {
        const SectionId section = plan.timetable().lessons[one.lesson].section;
        if (const auto teacher = teacher_of(plan, one))
            sweep.busy(Kind::teacher, teacher->text(), one);
        if (const std::string& room = room_of(plan, one); !room.empty())
            sweep.busy(Kind::room, room, one);
        sweep.busy(Kind::section, section.text(), one);
        if (const auto found = groups_of.find(section); found != groups_of.end())
            for (const std::string* group : found->second)
                sweep.busy(Kind::group, *group, one);
    }
    return sweep.take();
}

} // namespace bw::timetable
