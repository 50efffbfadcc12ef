// A disk for tests that tells what was written from what was synced: crashes keep any subset of
// unsynced pages, syncs and writes fail on demand, space runs out. The journal's real code runs on
// it. Tests only.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/rng.hpp"
#include "journal/file.hpp"

namespace bw::journal {

class SimulatedDisk : public std::enable_shared_from_this<SimulatedDisk> {
public:
    static constexpr std::uint64_t page_bytes = 4096;

    static std::shared_ptr<SimulatedDisk> make() { return std::make_shared<SimulatedDisk>(); }
    /// Another process opens the directory. Handles of earlier ones go dead.
    std::unique_ptr<Directory> mount();

    // Faults. Counters count operations (writes, syncs, names); 0 is never.
    std::uint64_t operations = 0;
    std::uint64_t power_off_at =
        0; // this operation is done in part or not at all, and nothing after it
    std::atomic<std::uint64_t> capacity = UINT64_MAX;
    std::atomic<bool> fail_next_sync = false;  // and the pages count as clean, as Linux has it
    std::atomic<bool> fail_next_write = false; // after a part of it
    std::atomic<bool> fail_next_read = false;
    /// Once, and before the disk is looked at: what other threads do meanwhile.
    std::function<void()> before_next_read = {};
    bool ignore_syncs = false; // a disk that lies: only a file's first sync does anything

    bool is_off() const { return power_off_at != 0 && operations >= power_off_at; }

    /// What is left when the power comes back: of each unsynced page nothing, all, or some sectors;
    /// of unsynced names the first few.
    void lose_power(Rng& rng) {
        std::lock_guard lock(mutex_);
        std::size_t kept = rng.u64() % (name_changes_.size() + 1);
        for (std::size_t i = 0; i < kept; ++i)
            apply(name_changes_[i], durable_names_);
        name_changes_.clear();
        names_ = durable_names_;
        for (auto& [name, node] : names_)
            node->settle(rng);
        power_off_at = 0;
        operations = 0;
        ++generation_;
    }

    /// For tests that damage a file by hand: all is synced, memory and disk alike.
    Bytes& bytes_of(const std::string& name) {
        Node& node = *names_.at(name);
        node.disk = node.memory;
        node.dirty.clear();
        return node.memory;
    }
    std::vector<std::string> names() const {
        std::lock_guard lock(mutex_);
        std::vector<std::string> out;
        for (const auto& [name, node] : names_)
            out.push_back(name);
        return out;
    }
    /// A bit of these bytes, wherever they are; while others have the file open.
    void rot(ByteView bytes) {
        std::lock_guard lock(mutex_);
        for (auto& [name, node] : names_)
            if (const std::size_t at = node->memory.find(bytes); at != Bytes::npos)
                node->memory[at] ^= 1;
    }
    void forget(const std::string& name) {
        names_.erase(name);
        durable_names_.erase(name);
    }
    void put(const std::string& name, Bytes bytes) {
        auto node = std::make_shared<Node>();
        node->memory = node->disk = std::move(bytes);
        names_[name] = durable_names_[name] = node;
    }
    /// An independent disk with the same content, all of it synced.
    std::shared_ptr<SimulatedDisk> copy() const {
        auto out = make();
        for (const auto& [name, node] : names_)
            out->put(name, node->memory);
        return out;
    }

private:
    struct Node { // shared by the directory and open files, as an inode is
        Bytes memory, disk;
        std::set<std::uint64_t> dirty; // pages
        bool synced = false;

        void write(std::uint64_t offset, ByteView bytes) {
            if (memory.size() < offset + bytes.size())
                memory.resize(offset + bytes.size());
            memory.replace(offset, bytes.size(), bytes);
            for (std::uint64_t page = offset / page_bytes;
                 page * page_bytes < offset + bytes.size(); ++page)
                dirty.insert(page);
        }
        void keep(std::uint64_t begin, std::uint64_t end) {
            end = std::min<std::uint64_t>(end, memory.size());
            if (begin >= end)
                return;
            if (disk.size() < end)
                disk.resize(end);
            disk.replace(begin, end - begin, memory, begin, end - begin);
        }
        void settle(Rng& rng) {
            for (std::uint64_t page : dirty) {
                std::uint64_t begin = page * page_bytes;
                switch (rng.u64() % 4) {
                case 0:
                    keep(begin, begin + page_bytes);
                    break;
                case 1:
                    for (std::uint64_t sector = begin; sector < begin + page_bytes; sector += 512)
                        if (rng.u64() % 2 == 0)
                            keep(sector, sector + 512);
                    break;
                default:
                    break;
                }
            }
            dirty.clear();
            memory = disk;
        }
    };
    struct NameChange {
        std::string from, to; // from empty: made; to empty: removed
        std::shared_ptr<Node> node;
    };
    using Names = std::map<std::string, std::shared_ptr<Node>>;
    class Handle;
    class Mount;

    static void apply(const NameChange& change, Names& names) {
        if (!change.from.empty())
            names.erase(change.from);
        if (!change.to.empty())
            names[change.to] = change.node;
    }
    void change_names(NameChange change) {
        apply(change, names_);
        name_changes_.push_back(std::move(change));
    }
    /// One more operation of a process mounted as `generation`; an error if there is no power (any
    /// more).
    Result<void> step(std::uint64_t generation) {
        ++operations;
        if (generation != generation_ || is_off())
            return fail(Code::unavailable, "no power");
        return {};
    }
    std::uint64_t used() const {
        std::uint64_t total = 0;
        for (const auto& [name, node] : names_)
            total += node->memory.size();
        return total;
    }

    mutable std::mutex mutex_;
    std::uint64_t generation_ = 0;
    Names names_, durable_names_;
    std::vector<NameChange> name_changes_;
};

class SimulatedDisk::Handle final : public File {
public:
    Handle(std::shared_ptr<SimulatedDisk> disk, std::shared_ptr<Node> node)
        : disk_(std::move(disk)), node_(std::move(node)), generation_(disk_->generation_) {}

    Result<void> write_at(std::uint64_t offset, ByteView bytes) override {
        std::lock_guard lock(disk_->mutex_);
        bool was_off = disk_->is_off();
        auto powered = disk_->step(generation_);
        if (!powered) {
            if (!was_off && generation_ == disk_->generation_)
                node_->write(offset, bytes); // the very write that the power failed in: as much of
                                             // it as settle() keeps
            return powered;
        }
        if (disk_->fail_next_write.exchange(false)) {
            node_->write(offset, bytes.substr(0, bytes.size() / 2));
            return fail(Code::unavailable, "cannot write: a simulated failure");
        }
        std::uint64_t grows = offset + bytes.size() > node_->memory.size()
                                  ? offset + bytes.size() - node_->memory.size()
                                  : 0;
        if (disk_->used() + grows > disk_->capacity)
            return fail(Code::storage_full, "cannot write: no space on the simulated disk");
        node_->write(offset, bytes);
        return {};
    }
    Result<std::size_t> read_at(std::uint64_t offset, char* out, std::size_t bytes) const override {
        std::function<void()> meanwhile;
        {
            std::lock_guard lock(disk_->mutex_);
            meanwhile = std::exchange(disk_->before_next_read, {});
        }
        if (meanwhile)
            meanwhile();
        std::lock_guard lock(disk_->mutex_);
        if (disk_->fail_next_read.exchange(false))
            return fail(Code::unavailable, "cannot read: a simulated failure");
        if (offset >= node_->memory.size())
            return std::size_t{0};
        return node_->memory.copy(out, bytes, offset);
    }
    Result<std::uint64_t> size() const override {
        std::lock_guard lock(disk_->mutex_);
        return node_->memory.size();
    }
    Result<void> sync() override {
        std::lock_guard lock(disk_->mutex_);
        CHECK_OK(disk_->step(generation_));
        if (disk_->ignore_syncs && node_->synced)
            return {};
        node_->synced = true;
        bool fails = disk_->fail_next_sync.exchange(false);
        if (!fails) {
            for (std::uint64_t page : node_->dirty)
                node_->keep(page * page_bytes, (page + 1) * page_bytes);
        }
        node_->dirty.clear();
        return fails ? Result<void>(fail(Code::unavailable, "cannot sync: a simulated failure"))
                     : Result<void>();
    }

private:
    std::shared_ptr<SimulatedDisk> disk_;
    std::shared_ptr<Node> node_;
    std::uint64_t generation_;
};

class SimulatedDisk::Mount final : public Directory {
public:
    explicit Mount(std::shared_ptr<SimulatedDisk> disk)
        : disk_(std::move(disk)), generation_(disk_->generation_) {}

    Result<std::vector<std::string>> names() const override { return disk_->names(); }
    Result<std::unique_ptr<File>> open(const std::string& name) override {
        std::lock_guard lock(disk_->mutex_);
        auto found = disk_->names_.find(name);
        if (found == disk_->names_.end())
            return fail(Code::unavailable, "no such file", name);
        return std::make_unique<Handle>(disk_, found->second);
    }
    Result<std::unique_ptr<File>> create(const std::string& name) override {
        std::lock_guard lock(disk_->mutex_);
        CHECK_OK(disk_->step(generation_));
        auto node = std::make_shared<Node>();
        disk_->change_names({"", name, node});
        return std::make_unique<Handle>(disk_, node);
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        std::lock_guard lock(disk_->mutex_);
        CHECK_OK(disk_->step(generation_));
        disk_->change_names({from, to, disk_->names_.at(from)});
        return {};
    }
    Result<void> remove(const std::string& name) override {
        std::lock_guard lock(disk_->mutex_);
        CHECK_OK(disk_->step(generation_));
        disk_->change_names({name, "", nullptr});
        return {};
    }
    Result<void> sync() override {
        std::lock_guard lock(disk_->mutex_);
        CHECK_OK(disk_->step(generation_));
        disk_->durable_names_ = disk_->names_;
        disk_->name_changes_.clear();
        return {};
    }
    std::string path_of(const std::string& name) const override { return "simulated/" + name; }

private:
    std::shared_ptr<SimulatedDisk> disk_;
    std::uint64_t generation_;
};

inline std::unique_ptr<Directory> SimulatedDisk::mount() {
    std::lock_guard lock(mutex_);
    ++generation_;
    return std::make_unique<Mount>(shared_from_this());
}

} // namespace bw::journal
