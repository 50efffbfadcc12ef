#include "front/front.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace bw::test {

namespace {

namespace fs = std::filesystem;

Seen read_answer(const std::string& output) {
    Seen seen;
    std::istringstream in(output);
    std::string line;
    while (std::getline(in, line) && line != "\r") {
        line.pop_back();
        const std::size_t colon = line.find(": ");
        if (line.starts_with("HTTP/")) {
            const std::size_t blank = line.find(' ');
            seen.http = line.substr(5, blank - 5);
            seen.status = std::stoi(line.substr(blank + 1));
        } else if (colon != std::string::npos) {
            std::string name = line.substr(0, colon);
            std::ranges::transform(name, name.begin(), [](char c) {
                return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            });
            seen.headers[name] = line.substr(colon + 2);
        }
    }
    if (seen.status != 0)
        seen.body = output.substr(static_cast<std::size_t>(in.tellg()));
    return seen;
}

} // namespace

// ---- Front ----

Front::Front(const std::vector<std::string>& servers)
    : authority_(directory_.path()),
      certificate_(authority_.issue("school.test", {.alt_names = "DNS:school.test,IP:127.0.0.1"})) {
    for (int attempt = 0; attempt < 5; ++attempt)
        if (start(servers))
            return;
    ENSURE(false, "nginx does not start; its last lines stand above");
}

bool Front::start(const std::vector<std::string>& servers) {
    tls_port_ = free_port();
    plain_port_ = free_port();
    const fs::path at = directory_.path();
    const std::string listen = "127.0.0.1:";
    std::vector<std::string> render{BW_RENDER,
                                    "--certificate",
                                    certificate_,
                                    "--key",
                                    certificate_,
                                    "--names",
                                    "school.test",
                                    "--listen-tls",
                                    listen + std::to_string(tls_port_),
                                    "--listen-plain",
                                    listen + std::to_string(plain_port_)};
    render.insert(render.end(), servers.begin(), servers.end());
    std::ofstream(at / "bellwether.conf") << Reader(render).rest();
    // Workers of a root's nginx run as nobody, which this directory lets pass.
    std::ofstream(at / "nginx.conf")
        << (::geteuid() == 0 ? "user nobody nogroup;\n" : "")
        << "daemon off;\nworker_processes 1;\npid pid;\nerror_log stderr crit;\n"
           "events { worker_connections 512; }\nhttp {\n  access_log off;\n"
           "  client_body_temp_path tmp_body; proxy_temp_path tmp_proxy;\n"
           "  fastcgi_temp_path tmp_f; uwsgi_temp_path tmp_u; scgi_temp_path tmp_s;\n"
           "  include bellwether.conf;\n}\n";
    nginx_ =
        spawn({"/usr/sbin/nginx", "-p", at.string() + "/", "-c", "nginx.conf", "-e", "stderr"});
    while (!listens(tls_port_)) {
        if (::waitpid(nginx_, nullptr, WNOHANG) == nginx_) {
            nginx_ = 0;
            return false;
        }
        ::poll(nullptr, 0, 5);
    }
    return true;
}

Front::~Front() {
    if (nginx_ == 0)
        return;
    ::kill(nginx_, SIGTERM);
    ::waitpid(nginx_, nullptr, 0);
}

std::string Front::url(const std::string& path) const {
    return "https://school.test:" + std::to_string(tls_port_) + path;
}

std::vector<std::string> Front::curl() const {
    return {"curl",         "--silent",
            "--show-error", "--no-buffer",
            "--max-time",   "30",
            "--cacert",     authority_.file(),
            "--resolve",    "school.test:" + std::to_string(tls_port_) + ":127.0.0.1"};
}

Seen Front::ask(const std::string& path, const std::vector<std::string>& curl_arguments) const {
    std::vector<std::string> arguments = curl();
    arguments.insert(arguments.end(), {"--http2", "--include"});
    arguments.insert(arguments.end(), curl_arguments.begin(), curl_arguments.end());
    arguments.push_back(url(path));
    return read_answer(Reader(arguments).rest());
}

} // namespace bw::test
