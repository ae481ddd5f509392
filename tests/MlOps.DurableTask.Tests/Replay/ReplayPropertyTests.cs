using FsCheck.Fluent;
using Google.Protobuf.WellKnownTypes;
using MlOps.DurableTask.Protocol;
using MlOps.DurableTask.RandomPrograms;
using MlOps.DurableTask.Replay;

namespace MlOps.DurableTask.Tests.Replay;

/// <summary>
/// Random workflows whose completions come in any order, several at once or doubled, and whose memory is lost at any turn, give what the
/// same workflows give without an engine.
/// </summary>
public sealed class ReplayPropertyTests
{
    private static readonly OrchestratorExecutor s_executor =
        ReplayHarness.Executor(tasks => RandomProgram.Register(tasks, () => Task.CompletedTask));

    [Fact]
    public void Any_delivery_gives_the_same_result() =>
        FsCheck.Check.One(FsCheck.Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll<int>(seed =>
        {
            var program = Step.Random(seed);
            return new Backend(seed).Run(program) == program.Expected();
        }));

    /// <summary>A backend in memory that delivers as it pleases.</summary>
    private sealed class Backend(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Dictionary<string, Instance> _instances = [];
        private readonly PayloadSerializer _serializer = new(PayloadSerializer.DefaultOptions);
        private DateTime _now = new(2026, 3, 3, 8, 0, 0, DateTimeKind.Utc);

        public string? Run(Step program)
        {
            Start("root", "program", _serializer.Serialize(program), null);
            for (var turns = 0; _instances["root"].Result is null; turns++)
            {
                Assert.InRange(turns, 0, 5000);
                var ready = _instances.Values.Where(instance => instance.Inbox.Count > 0 && instance.Result is null).ToList();
                TakeTurn(ready[_random.Next(ready.Count)]);
            }
            return _serializer.Deserialize<string>(_instances["root"].Result);
        }

        private void Start(string id, string name, string? input, ParentInstanceInfo? parent, IEnumerable<HistoryEvent>? carried = null)
        {
            var instance = new Instance(id, name, parent);
            instance.Inbox.Add(new HistoryEvent
            {
                EventId = -1,
                Timestamp = Timestamp.FromDateTime(_now),
                ExecutionStarted = new()
                {
                    Name = name,
                    Input = input,
                    ParentInstance = parent,
                    OrchestrationInstance = new() { InstanceId = id, ExecutionId = $"{_random.Next()}" },
                },
            });
            instance.Inbox.AddRange(carried ?? []);
            _instances[id] = instance;
        }

        private void TakeTurn(Instance instance)
        {
            _now += TimeSpan.FromMilliseconds(1);
            List<HistoryEvent> news = [new() { EventId = -1, Timestamp = Timestamp.FromDateTime(_now), OrchestratorStarted = new() }];
            // The start comes first; of the rest, any part, in any order.
            if (instance.Inbox[0].ExecutionStarted is not null)
                news.Add(Take(instance, 0));
            for (var count = _random.Next(1, instance.Inbox.Count + 1); count > 0 && instance.Inbox.Count > 0; count--)
                news.Add(Take(instance, _random.Next(instance.Inbox.Count)));

            if (instance.Session is null || _random.Next(3) == 0)
            {
                instance.Session = s_executor.CreateSession(instance.Id);
                instance.Session.Replay(instance.History);
            }
            var turn = instance.Session.RunTurn(news);
            instance.History.AddRange(news);
            foreach (var action in turn.Actions)
                Do(instance, action);
            instance.History.Add(new() { EventId = -1, OrchestratorCompleted = new() });
        }

        private HistoryEvent Take(Instance instance, int index)
        {
            var happened = instance.Inbox[index];
            // A completion may be delivered twice: it stays for another time.
            if ((happened.TaskCompleted ?? (object?)happened.TimerFired) is null || _random.Next(4) != 0)
                instance.Inbox.RemoveAt(index);
            return happened;
        }

        private void Do(Instance instance, OrchestratorAction action)
        {
            var recorded = new HistoryEvent { EventId = action.Id };
            if (action.ScheduleTask is { } task)
            {
                recorded.TaskScheduled = new() { Name = task.Name, Input = task.Input };
                var step = _serializer.Deserialize<Step>(task.Input)!;
                instance.Inbox.Add(step.Kind == "fail"
                    ? new() { EventId = -1, TaskFailed = new() { TaskScheduledId = action.Id, FailureDetails = new() { ErrorMessage = $"{step.Id}" } } }
                    : new() { EventId = -1, TaskCompleted = new() { TaskScheduledId = action.Id, Result = _serializer.Serialize(step.Expected().TrimStart('e')) } });
            }
            else if (action.CreateTimer is { } timer)
            {
                recorded.TimerCreated = new() { FireAt = timer.FireAt };
                instance.Inbox.Add(new() { EventId = -1, TimerFired = new() { TimerId = action.Id } });
            }
            else if (action.CreateSubOrchestration is { } sub)
            {
                recorded.SubOrchestrationInstanceCreated = new() { InstanceId = sub.InstanceId, Name = sub.Name, Input = sub.Input };
                Start(sub.InstanceId, sub.Name, sub.Input, new() { TaskScheduledId = action.Id, OrchestrationInstance = new() { InstanceId = instance.Id } });
            }
            else if (action.SendEvent is { } sent)
            {
                recorded.EventSent = new() { InstanceId = sent.Instance.InstanceId, Name = sent.Name, Input = sent.Data };
                _instances[sent.Instance.InstanceId].Inbox.Add(new() { EventId = -1, EventRaised = new() { Name = sent.Name, Input = sent.Data } });
            }
            else if (action.CompleteOrchestration is { } end)
            {
                recorded.ExecutionCompleted = new() { OrchestrationStatus = end.OrchestrationStatus, Result = end.Result };
                Complete(instance, end);
            }
            instance.History.Add(recorded);
        }

        private void Complete(Instance instance, CompleteOrchestrationAction end)
        {
            if (end.OrchestrationStatus == OrchestrationStatus.ContinuedAsNew)
            {
                Start(instance.Id, instance.Name, end.Result, instance.Parent, end.CarryoverEvents);
                return;
            }
            instance.Result = end.Result ?? end.FailureDetails?.ErrorMessage;
            if (instance.Parent is { } parent)
            {
                _instances[parent.OrchestrationInstance.InstanceId].Inbox.Add(
                    new() { EventId = -1, SubOrchestrationInstanceCompleted = new() { TaskScheduledId = parent.TaskScheduledId, Result = end.Result } });
            }
        }

        private sealed class Instance(string id, string name, ParentInstanceInfo? parent)
        {
            public string Id { get; } = id;
            public string Name { get; } = name;
            public ParentInstanceInfo? Parent { get; } = parent;
            public List<HistoryEvent> History { get; } = [];
            public List<HistoryEvent> Inbox { get; } = [];
            public OrchestrationSession? Session { get; set; }
            public string? Result { get; set; }
        }
    }
}
