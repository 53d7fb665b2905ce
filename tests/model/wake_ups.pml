/* Who sleeps and who wakes whom between supervisor and workers: worker/task_loop.cpp (serve, wait_for_task, work) and
 * supervisor/run/batch_run.cpp (turn, refill, wake_workers, wait_for_news). Slots have a state and an owner only;
 * what lies in them is in task_slots.pml.
 *
 * Without TIME_OUTS nobody ever wakes up by himself: the flags alone must not lose a wake-up, wherever a worker is
 * killed (no invalid end state). With TIME_OUTS and LOSSY any post may be lost, and still there is always progress. */

#ifndef WORKERS
#define WORKERS 2
#endif
#define SLOTS 2
#ifndef TASKS
#define TASKS 3
#endif
#ifndef DEATHS
#define DEATHS 2
#endif

mtype = { FREE, READY, CLAIMED, DONE }; /* SlotState */

/* ---- shared memory ---- */

mtype state[SLOTS];
byte owner[SLOTS];
bool waiting[WORKERS];    /* of the worker's cell */
byte dispatcher_waiting; /* for so many results */
bool stopping;

/* ---- eventfds ---- */

byte ready; /* a semaphore */
bool done;  /* a counter, taken as a whole */

/* ---- the world ---- */

mtype = { started, running, dying, dead, exited };
mtype life[WORKERS];
byte deaths;

#ifdef LOSSY
#define post(what) if :: what :: true fi /* a hint may get lost */
#else
#define post(what) what
#endif

#ifdef TIME_OUTS
#define or_time_out || true
#else
#define or_time_out
#endif

/* ---- the supervisor ---- */

byte backlog; /* tasks that wait for a slot */
byte open;    /* tasks without an outcome */

/* Dispatcher::collect: the slots are looked at one after another */
inline collect_slot(s) {
  if
  :: d_step { state[s] == DONE -> state[s] = FREE; owner[s] = WORKERS; open--; news = true }
  :: state[s] != DONE
  fi
}
inline collect() { collect_slot(0); collect_slot(1) }

inline place_in(s) {
  if
  :: d_step { backlog > 0 && state[s] == FREE -> backlog--; state[s] = READY; placed++ }
  :: else
  fi
}

/* BatchRun::wake_workers: one post for each worker that sleeps, but no more than tasks were placed */
inline look_at_waiting(w) {
  if
  :: asleep < placed && waiting[w] -> asleep++
  :: else
  fi
}

#ifdef FLAG_BEFORE_READY
inline refill() {
  placed = backlog;
  look_at_waiting(0);
  look_at_waiting(1);
  placed = 0;
  place_in(0);
  place_in(1)
}
#else
inline refill() {
  place_in(0);
  place_in(1);
  look_at_waiting(0);
  look_at_waiting(1)
}
#endif

inline wake_workers() {
  if
  :: asleep > 0 -> post(ready = ready + asleep)
  :: else
  fi;
  d_step { placed = 0; asleep = 0 }
}

/* BatchRun::on_death: everything finished is taken first, then what the dead worker held goes back */
inline sweep_slot(s, w) {
  if
  :: d_step { state[s] == CLAIMED && owner[s] == w -> state[s] = FREE; owner[s] = WORKERS; backlog++ }
  :: else
  fi
}
inline on_death(w) {
  if
  :: life[w] == dead ->
     collect();
     sweep_slot(0, w);
     sweep_slot(1, w);
     waiting[w] = false; /* WorkerPool::start */
     life[w] = started
  :: else
  fi
}

#define somebody_died (life[0] == dead || life[1] == dead)

#define held(s) (state[s] != FREE -> 1 : 0)

/* Dispatcher::results_to_gather: any number, but no more results than tasks that are handed out */
inline begin_to_wait() {
  if
  :: dispatcher_waiting = 1
#ifndef GATHERS_MORE_THAN_WILL_COME
  :: held(0) + held(1) == SLOTS -> dispatcher_waiting = SLOTS
#else
  :: dispatcher_waiting = SLOTS
#endif
  fi
}

/* BatchRun::wait_for_news, with EventLoop::wait and its callbacks */
inline wait_for_news() {
#ifndef DISPATCHER_DOES_NOT_LOOK_AGAIN
  begin_to_wait();
  news = false;
  collect();
#else
  news = false;
  collect();
  begin_to_wait();
#endif
  if
  :: news
  :: !news && (done || somebody_died or_time_out)
  fi;
  done = false;
  on_death(0);
  on_death(1);
  dispatcher_waiting = 0;
  news = false
}

proctype Supervisor() {
  byte placed, asleep;
  bool news;

  do
  :: open > 0 ->
     collect();
     refill();
     wake_workers();
     if
     :: open > 0 -> wait_for_news()
     :: else
     fi
  :: open == 0 -> break
  od;
  stopping = true; /* BatchRun::shut_down */
  post(ready = ready + WORKERS);
  assert(backlog == 0 && state[0] == FREE && state[1] == FREE)
}

/* ---- a worker ---- */

inline claim_slot(s) {
  if
  :: d_step { slot == SLOTS && state[s] == READY -> state[s] = CLAIMED; owner[s] = w; slot = s }
  :: else
  fi
}
/* TaskQueue::claim: the slots are tried one after another */
inline claim() { claim_slot(0); claim_slot(1) }

/* TaskLoop::wait_for_task */
inline wait_for_task() {
  waiting[w] = true;
#ifndef WORKER_DOES_NOT_LOOK_AGAIN
  claim();
#endif
  if
  :: slot == SLOTS && !stopping ->
     if
     :: ready > 0 or_time_out
     fi;
     d_step { if :: ready > 0 -> ready-- :: else fi } /* two may wake for one */
  :: else
  fi;
  waiting[w] = false
}

/* TaskQueue::finish, then completes_awaited: a result is counted, a failure takes the whole count */
inline work() {
  state[slot] = DONE;
  if
  :: d_step { post_done = (dispatcher_waiting == 1); dispatcher_waiting = dispatcher_waiting - (dispatcher_waiting > 0 -> 1 : 0) }
  :: d_step { post_done = (dispatcher_waiting > 0); dispatcher_waiting = 0 }
  fi;
  slot = SLOTS;
  if
  :: post_done -> post(done = true); post_done = false
  :: else
  fi
}

proctype Worker(byte w) {
  byte slot;
  bool post_done;

end_no_process:
  life[w] == started;
  d_step { life[w] = running; slot = SLOTS };
  {
    do
    :: stopping -> break
    :: !stopping ->
       claim();
       if
       :: slot == SLOTS -> wait_for_task()
       :: else
       fi;
       if
       :: slot != SLOTS -> work()
       :: else
       fi
    od
  } unless { life[w] == dying };
  if
  :: life[w] == dying ->
     d_step { life[w] = dead; slot = 0; post_done = false };
     goto end_no_process
  :: else -> life[w] = exited
  fi
}

proctype World() {
end_peace:
  do
  :: d_step { deaths < DEATHS && life[0] == running -> life[0] = dying; deaths++ }
  :: d_step { deaths < DEATHS && life[1] == running -> life[1] = dying; deaths++ }
  od
}

#define gone(w) (life[w] == dead || life[w] == exited)
ltl the_run_ends { <> (stopping && gone(0) && gone(1)) }

init {
  atomic {
    state[0] = FREE; state[1] = FREE; owner[0] = WORKERS; owner[1] = WORKERS;
    backlog = TASKS; open = TASKS;
    life[0] = started; life[1] = started;
    run Worker(0);
    run Worker(1);
    run Supervisor();
    run World()
  }
}
