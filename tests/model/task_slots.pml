/* The task slots with workers that die: common/segment/task_queue.cpp, supervisor/dispatch/dispatcher.cpp and what
 * supervisor/run/batch_run.cpp makes of a death. README.md says what is left out.
 *
 * A step is one access to shared memory, with what the process then does in private. A worker dies between any two.
 * Properties: each task gets exactly one outcome, and the right one; nothing is published twice; paths and results
 * are read whole; no slot ever looks damaged; the run ends (no invalid end state). */

#ifndef WORKERS
#define WORKERS 2 /* 2 or 3 */
#endif
#ifndef SLOTS
#define SLOTS 2 /* 2 or 3 */
#endif
#ifndef TASKS
#define TASKS 3
#endif
#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef RETRIES
#define RETRIES 1
#endif
#define NO_TASK 15
#define NO_TICKET 0

mtype = { FREE, READY, CLAIMED, DONE };                   /* SlotState */
mtype = { none, marked, failed, quarantined, withdrawn }; /* what became of a task */

/* ---- shared memory ---- */

typedef Word { mtype state; byte worker; byte ticket }; /* 64 bits: always read and written as one */
typedef Payload {
  byte task; byte output;               /* supervisor to worker; two halves, so that a torn read shows */
  mtype result; byte result_ticket      /* worker to supervisor; two halves */
};
Word word[SLOTS];
Payload payload[SLOTS];
bool stopping;

/* ---- the supervisor's private memory ---- */

byte slot_task[SLOTS]; /* Slot::assignment */
bool backlog[TASKS];   /* waits for a slot */
byte attempt[TASKS];
byte held;    /* slots that are filled */
byte waiting; /* tasks in the backlog */
bool stopped; /* BatchRun::stop_ */

/* A ticket is used once. The code counts; here task and attempt make it, which needs no memory of the past. */
#define ticket_of(t) ((t) * (RETRIES + 2) + attempt[t])

/* ---- the world ---- */

/* The process of an index. signalled: SIGKILL is on its way. dead: it takes no step more, and waitid() says so. */
mtype = { started, running, signalled, dying, dead };
mtype life[WORKERS];
byte deaths;
bool published[TASKS]; /* the output was renamed to its place: the evidence that survives a worker */

/* ---- what an observer knows ---- */

bool finished[TASKS]; /* a worker has made its slot DONE; or the task has its outcome */
bool ended[TASKS];    /* its outcome went to the journal */

/* Once checked, all ends are alike: nobody may touch such a task again. */
inline record(t, what) {
  assert(!ended[t]);
  assert((what == marked) == published[t]);
  assert(what == marked || what == failed || what == quarantined || (what == withdrawn && stopped));
  ended[t] = true; finished[t] = true; published[t] = true; attempt[t] = 0
}

/* ---- the supervisor ---- */

/* Dispatcher::look: FREE or another ticket than the slot's would be damage. */
inline look(s) {
  seen.state = word[s].state; seen.worker = word[s].worker;
  assert(seen.state != FREE && word[s].ticket == ticket_of(slot_task[s]))
}

inline forget() { seen.state = FREE; seen.worker = 0 }

#define store_ready(s, t) d_step { word[s].state = READY; word[s].worker = 0; word[s].ticket = ticket_of(t) }

/* Dispatcher::place and TaskQueue::place: the task that waits with the lowest number goes into slot s. */
inline place(s) {
  d_step {
    next = 0;
    do :: backlog[next] -> break :: else -> next++ od;
    backlog[next] = false; waiting--;
    slot_task[s] = next; held++
  };
#ifdef READY_BEFORE_PAYLOAD
  store_ready(s, next);
  payload[s].task = next;
  payload[s].output = next;
#else
  payload[s].task = next;
  payload[s].output = next;
  store_ready(s, next);
#endif
  next = 0
}

/* TaskQueue::release, then Dispatcher::take_back: `t` is the task that lay there. A FREE slot's payload means
 * nothing; it is wiped so that states do not differ in it. */
inline take_back(s) {
  d_step {
    word[s].state = FREE; word[s].worker = 0; word[s].ticket = NO_TICKET;
#ifndef RELEASE_BEFORE_COPY
    payload[s].task = NO_TASK; payload[s].output = NO_TASK;
    payload[s].result = none; payload[s].result_ticket = NO_TICKET;
#endif
    t = slot_task[s]; slot_task[s] = NO_TASK; held--
  }
}

/* Dispatcher::collect of one slot, and BatchRun::on_outcome */
inline collect_slot(s) {
  d_step { if :: slot_task[s] != NO_TASK -> look(s) :: else -> forget() fi };
  if
  :: seen.state == DONE ->
#ifdef RELEASE_BEFORE_COPY
     take_back(s);
     if /* the slot is filled again at once */
     :: waiting > 0 && !stopped -> place(s)
     :: else
     fi;
     result = payload[s].result;
#else
     result = payload[s].result;
     assert(payload[s].result_ticket == ticket_of(slot_task[s]));
     take_back(s);
#endif
     d_step { record(t, result); result = none; t = 0 }
  :: else
  fi;
  forget()
}

inline collect() {
  collect_slot(0);
  collect_slot(1);
#if SLOTS > 2
  collect_slot(2)
#endif
}

/* BatchRun::take_back and after_attempt: a task that came back without an outcome */
inline after_death() {
  d_step {
    if
    :: published[t] -> record(t, marked)
    :: !published[t] && attempt[t] > RETRIES -> record(t, quarantined)
    :: !published[t] && attempt[t] <= RETRIES && stopped -> record(t, withdrawn)
    :: !published[t] && attempt[t] <= RETRIES && !stopped -> attempt[t]++; backlog[t] = true; waiting++
    fi;
    t = 0
  }
}

#ifdef SWEEP_BEFORE_COLLECT
#define is_left_by(w) ((seen.state == CLAIMED || seen.state == DONE) && seen.worker == w)
#else
#define is_left_by(w) (seen.state == CLAIMED && seen.worker == w)
#endif

/* Dispatcher::sweep of one slot */
inline sweep_slot(s, w) {
  d_step { if :: slot_task[s] != NO_TASK -> look(s) :: else -> forget() fi };
  if
  :: is_left_by(w) -> take_back(s); after_death()
  :: else
  fi;
  forget()
}

/* BatchRun::on_death, then WorkerPool::start */
inline on_death(w) {
#ifndef SWEEP_BEFORE_COLLECT
  collect();
#endif
  sweep_slot(0, w);
  sweep_slot(1, w);
#if SLOTS > 2
  sweep_slot(2, w);
#endif
  atomic { life[w] == dead -> life[w] = started }
}

/* Dispatcher::withdraw_unclaimed of one slot; TaskQueue::withdraw is one compare-and-swap */
inline withdraw_slot(s) {
#ifdef WITHDRAW_IN_TWO_STEPS
  d_step { if :: slot_task[s] != NO_TASK -> look(s) :: else -> forget() fi };
  exchanged = (seen.state == READY);
#else
  d_step {
    if
    :: slot_task[s] != NO_TASK && word[s].state == READY && word[s].ticket == ticket_of(slot_task[s]) ->
       word[s].state = FREE; exchanged = true
    :: else
    fi
  };
#endif
  if
  :: exchanged -> take_back(s); d_step { record(t, withdrawn); t = 0; exchanged = false }
  :: else
  fi;
  forget()
}

#ifdef SWEEP_UNCONFIRMED
#define may_reap(w) (life[w] == signalled || life[w] == dying || life[w] == dead)
#else
#define may_reap(w) (life[w] == dead)
#endif

#define may_place (!stopped && waiting > 0)
#define is_done(s) (slot_task[s] != NO_TASK && word[s].state == DONE)

proctype Supervisor() {
  byte t, next;
  mtype result = none;
  Word seen;
  bool exchanged;

  forget();
  do
  :: may_place && slot_task[0] == NO_TASK -> place(0)
  :: may_place && slot_task[0] != NO_TASK && slot_task[1] == NO_TASK -> place(1)
#if SLOTS > 2
  :: may_place && slot_task[0] != NO_TASK && slot_task[1] != NO_TASK && slot_task[2] == NO_TASK -> place(2)
  :: is_done(2) -> collect()
#endif
  :: is_done(0) || is_done(1) -> collect()
  :: may_reap(0) -> on_death(0)
  :: may_reap(1) -> on_death(1)
#if WORKERS > 2
  :: may_reap(2) -> on_death(2)
#endif
#ifndef NO_STOP
  :: !stopped -> /* BatchRun::stop: a signal, or --halt */
     stopped = true;
     withdraw_slot(0);
     withdraw_slot(1);
#if SLOTS > 2
     withdraw_slot(2);
#endif
     d_step {
       t = 0;
       do
       :: t < TASKS && backlog[t] -> backlog[t] = false; waiting--; record(t, withdrawn); t++
       :: t < TASKS && !backlog[t] -> t++
       :: else -> break
       od;
       t = 0
     }
#endif
  :: held == 0 && waiting == 0 -> break /* BatchRun::finished */
  od;
  stopping = true;
  d_step {
    t = 0;
    do :: t < TASKS -> assert(ended[t]); t++ :: else -> break od;
    t = 0
  }
}

/* ---- a worker ---- */

/* TaskQueue::claim loads a word that says READY. Any slot may be the first one looked at, as claim_hint has it.
 * When none is READY, the worker waits: see wake_ups.pml. */
#define load_ready(s) d_step { word[s].state == READY -> slot = s; ticket = word[s].ticket }

proctype Worker(byte w) {
  byte slot, ticket, task, output;
  mtype result = none;
  bool exchanged;

end_no_process:
  life[w] == started;
  d_step { life[w] = running; slot = 0; ticket = 0; task = 0; output = 0; result = none; exchanged = false };
  {
    do
    :: stopping -> break
    :: if
       :: load_ready(0)
       :: load_ready(1)
#if SLOTS > 2
       :: load_ready(2)
#endif
       fi;
       /* claim: one compare-and-swap */
#if defined(CLAIM_IN_TWO_STEPS)
       d_step { word[slot].state = CLAIMED; word[slot].worker = w; word[slot].ticket = ticket; exchanged = true };
#else
       d_step {
         if
         :: word[slot].state == READY && word[slot].ticket == ticket ->
#ifdef CLAIM_UNSIGNED
            word[slot].worker = WORKERS;
#else
            word[slot].worker = w;
#endif
            word[slot].state = CLAIMED; exchanged = true
         :: else
         fi
       };
#endif
       if
       :: exchanged ->
#ifdef CLAIM_UNSIGNED
          word[slot].worker = w;
#endif
          task = payload[slot].task;
          d_step {
            output = payload[slot].output;
            assert(task != NO_TASK && task == output && task == slot_task[slot]);
            assert(!finished[task])
          };
          if /* the stages, up to the rename of publish */
          :: d_step { assert(!published[task]); published[task] = true; result = marked }
          :: result = failed
          fi;
          /* finish */
#ifdef DONE_BEFORE_RESULT
          d_step { word[slot].state = DONE; finished[task] = true };
          payload[slot].result = result;
          payload[slot].result_ticket = ticket;
#else
          payload[slot].result = result;
          payload[slot].result_ticket = ticket;
          d_step {
            assert(word[slot].state == CLAIMED && word[slot].worker == w && word[slot].ticket == ticket);
            word[slot].state = DONE;
            finished[task] = true
          };
#endif
       :: else
       fi;
       d_step { slot = 0; ticket = 0; task = 0; output = 0; result = none; exchanged = false }
    od
  } unless { life[w] == dying };
  if
  :: life[w] == dying ->
     d_step {
       slot = 0; ticket = 0; task = 0; output = 0; result = none; exchanged = false;
       life[w] = dead
     };
     goto end_no_process
  :: else /* it exits because it is told to */
  fi
}

/* Kills whom it likes, at any time. */
#ifdef SWEEP_UNCONFIRMED
#define shoot(w) life[w] = signalled
#else
#define shoot(w) life[w] = dying /* nobody can see the time between signal and end */
#endif

proctype World() {
end_peace:
  do
  :: d_step { deaths < DEATHS && life[0] == running -> shoot(0); deaths++ }
  :: d_step { deaths < DEATHS && life[1] == running -> shoot(1); deaths++ }
#if WORKERS > 2
  :: d_step { deaths < DEATHS && life[2] == running -> shoot(2); deaths++ }
#endif
#ifdef SWEEP_UNCONFIRMED
  :: life[0] == signalled -> life[0] = dying
  :: life[1] == signalled -> life[1] = dying
#endif
  od
}

init {
  byte i;
  atomic {
    for (i : 0 .. SLOTS - 1) {
      word[i].state = FREE; slot_task[i] = NO_TASK;
      payload[i].task = NO_TASK; payload[i].output = NO_TASK; payload[i].result = none
    }
    for (i : 0 .. TASKS - 1) { backlog[i] = true; attempt[i] = 1; waiting++ }
    for (i : 0 .. WORKERS - 1) { life[i] = started; run Worker(i) }
    run Supervisor();
    run World()
  }
}
