#include "gateway/http/worker.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <boost/asio/post.hpp>

#include "gateway/http/response_writer.h"

namespace jobmesh::gateway::http {
namespace {

// A quarter of the shortest timeout: deadlines are kept to within that.
std::chrono::milliseconds TickOf(const ServerOptions& options) {
  const auto shortest =
      std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                options.write_timeout, options.linger_timeout, options.websocket_ping_interval,
                options.websocket_pong_timeout, options.websocket_close_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(500));
}

}  // namespace

Worker::Worker(std::shared_ptr<ServerCore> core)
    : core_(std::move(core)),
      tick_(TickOf(core_->options)),
      work_(io_.get_executor()),
      timer_(io_),
      date_(FormatHttpDate(std::time(nullptr))) {}

void Worker::Start() {
  ScheduleTick();
  thread_ = std::thread([self = shared_from_this()] {
    self->thread_id_.store(std::this_thread::get_id());
    if (self->options().on_loop_start) {
      self->options().on_loop_start(self->io_, self);
    }
    self->io_.run();
  });
}

void Worker::Stop() {
  if (!thread_.joinable()) {
    return;
  }
  boost::asio::post(io_, [this] {
    {
      const std::lock_guard lock(inbox_mutex_);
      inbox_closed_ = true;
    }
    stopping_ = true;
    RunInbox();
    while (!peers_.empty()) {
      const std::shared_ptr<Peer> peer = peers_.back();
      peer->Abort();
    }
    if (options().on_loop_end) {
      options().on_loop_end();
    }
    timer_.cancel();
    work_.reset();
  });
  thread_.join();
}

void Worker::Post(Task task) {
  bool wake = false;
  {
    const std::lock_guard lock(inbox_mutex_);
    if (inbox_closed_) {
      return;
    }
    wake = inbox_.empty();
    inbox_.push_back(std::move(task));
  }
  if (wake) {
    boost::asio::post(io_, [this] { RunInbox(); });
  }
}

void Worker::RunInbox() {
  {
    const std::lock_guard lock(inbox_mutex_);
    inbox_run_.swap(inbox_);
  }
  for (Task& task : inbox_run_) {
    task();
  }
  inbox_run_.clear();
}

void Worker::Add(std::shared_ptr<Peer> peer) {
  Peer& added = *peer;
  added.index_ = peers_.size();
  peers_.push_back(std::move(peer));
  if (core_->draining.load()) {
    added.OnDrain();
  }
}

void Worker::Remove(Peer& peer) {
  const std::size_t index = peer.index_;
  std::swap(peers_[index], peers_.back());
  peers_[index]->index_ = index;
  peers_.pop_back();
}

template <class Visit>
void Worker::ForEachPeer(Visit visit) {
  // Backwards: a peer that ends is replaced by the last one, which has had its turn.
  for (std::size_t i = peers_.size(); i-- > 0;) {
    if (i < peers_.size()) {
      const std::shared_ptr<Peer> peer = peers_[i];
      visit(*peer);
    }
  }
}

void Worker::Drain() {
  ForEachPeer([](Peer& peer) { peer.OnDrain(); });
}

void Worker::Tick() {
  date_ = FormatHttpDate(std::time(nullptr));
  const Clock::time_point now = Clock::now();
  ForEachPeer([now](Peer& peer) { peer.OnTick(now); });
  ScheduleTick();
}

void Worker::ScheduleTick() {
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && !stopping_) {
      Tick();
    }
  });
}

}  // namespace jobmesh::gateway::http
