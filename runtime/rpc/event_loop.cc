#include "runtime/rpc/event_loop.h"

#include <future>
#include <utility>

#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/post.hpp"

namespace jobmesh::runtime::rpc {
namespace {

thread_local std::shared_ptr<EventLoop> adopted;

}  // namespace

EventLoop::EventLoop(boost::asio::io_context& io, std::shared_ptr<void> owner,
                     std::thread::id thread)
    : io_(io), owner_(std::move(owner)), thread_(thread) {}

std::shared_ptr<EventLoop> EventLoop::Start() {
  auto io = std::make_shared<boost::asio::io_context>(1);
  std::promise<std::thread::id> started;
  std::thread([io, &started] {
    const auto guard = boost::asio::make_work_guard(*io);
    started.set_value(std::this_thread::get_id());
    io->run();
  }).detach();
  boost::asio::io_context& loop = *io;
  return std::shared_ptr<EventLoop>(new EventLoop(loop, std::move(io), started.get_future().get()));
}

const std::shared_ptr<EventLoop>& EventLoop::Current() {
  if (adopted != nullptr) {
    return adopted;
  }
  static const auto& shared = *new std::shared_ptr<EventLoop>(Start());  // clients outlive main
  return shared;
}

void EventLoop::Adopt(boost::asio::io_context& io, std::shared_ptr<void> owner) {
  adopted.reset(new EventLoop(io, std::move(owner), std::this_thread::get_id()));
}

void EventLoop::Abandon() {
  const std::shared_ptr<EventLoop> loop = std::exchange(adopted, nullptr);
  {
    absl::MutexLock lock(&loop->mutex_);
    loop->ended_ = true;
  }
  for (const auto& weak : std::exchange(loop->members_, {})) {
    if (const std::shared_ptr<Member> member = weak.lock()) {
      member->OnLoopEnd();
    }
  }
}

bool EventLoop::Post(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (ended_) {
    return false;
  }
  boost::asio::post(io_, std::move(task));
  return true;
}

void EventLoop::Join(std::weak_ptr<Member> member) {
  std::erase_if(members_, [](const auto& known) { return known.expired(); });
  members_.push_back(std::move(member));
}

}  // namespace jobmesh::runtime::rpc
