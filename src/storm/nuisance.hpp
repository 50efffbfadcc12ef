// Clients that no server wants: they send a request a byte at a time, or half of one and are cut
// off. A storm goes on beside them. Plain sockets, one thread; what they are answered is of no
// interest.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "base/rng.hpp"

namespace bw::storm {

struct NuisanceOptions {
    std::string address = "127.0.0.1"; // numeric
    std::uint16_t port = 0;
    std::size_t connections = 0; // kept open at once
    std::uint64_t seed = 1;
};

class Nuisance {
public:
    explicit Nuisance(NuisanceOptions options);
    ~Nuisance();
    std::uint64_t opened() const { return opened_; }
    /// By the server, which had enough of them.
    std::uint64_t shown_out() const { return shown_out_; }

private:
    struct Guest {
        int fd = -1;
        bool dribbles = false;
        std::size_t sent = 0;
    };
    void run(const std::stop_token& stop);
    void open(Guest& guest);
    void annoy(Guest& guest);
    void close(Guest& guest, bool by_server);

    const NuisanceOptions options_;
    const std::string request_;
    SeededRng rng_;
    std::vector<Guest> guests_;
    std::atomic<std::uint64_t> opened_ = 0, shown_out_ = 0;
    std::jthread thread_;
};

} // namespace bw::storm
