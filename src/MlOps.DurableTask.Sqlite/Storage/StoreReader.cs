using MlOps.DurableTask.Protocol;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>Every statement that reads the file, on a connection of its own. Rented from <see cref="StoreReaders"/> for one use at a time.</summary>
internal sealed class StoreReader(Database database) : IDisposable
{
    private const string Columns = "key, id, name, version, status, created, updated, start_at, parent_id, tags, custom_status, failure, output";

    private readonly Statement _byId = database.Prepare($"SELECT {Columns} FROM instances WHERE id = ?1");
    private readonly Statement _history = database.Prepare("SELECT position, events FROM history WHERE position BETWEEN ?1 AND ?2 ORDER BY position");
    private readonly Statement _inbox = database.Prepare("SELECT position, execution, event FROM inbox WHERE position BETWEEN ?1 AND ?2 ORDER BY position");
    private readonly Statement _children = database.Prepare("SELECT id FROM instances WHERE parent_id = ?1 ORDER BY key");

    public Database Database => database;

    public InstanceRow? FindInstance(string id)
    {
        _byId.Bind(1, id);
        try
        {
            return _byId.Step() ? ReadRow(_byId, withPayloads: true) : null;
        }
        finally
        {
            _byId.Reset();
        }
    }

    /// <summary>The turns of the current execution, oldest first, with their numbers.</summary>
    public List<(int Turn, List<HistoryEvent> Events)> ReadHistory(long key) => ReadHistory(Position.First(key), Position.Last(key));

    public List<HistoryEvent> ReadTurn(long key, int turn)
    {
        var position = Position.Of(key, turn);
        return ReadHistory(position, position) is [var (_, events)] ? events
            : throw new InvalidDataException($"Turn {turn} of the instance with key {key} is missing: the file is damaged. Restore a backup.");
    }

    /// <summary>The messages of an instance, oldest first.</summary>
    public List<(long Position, string? Execution, List<HistoryEvent> Events)> ReadInbox(long key)
    {
        var messages = new List<(long, string?, List<HistoryEvent>)>();
        _inbox.Bind(1, Position.First(key)).Bind(2, Position.Last(key));
        try
        {
            while (_inbox.Step())
                messages.Add((_inbox.Number(0), _inbox.OptionalText(1), TurnRecord.Decode(_inbox.Bytes(2))));
        }
        finally
        {
            _inbox.Reset();
        }
        return messages;
    }

    public List<string> ReadChildren(string parentId)
    {
        var ids = new List<string>();
        _children.Bind(1, parentId);
        try
        {
            while (_children.Step())
                ids.Add(_children.Text(0));
        }
        finally
        {
            _children.Reset();
        }
        return ids;
    }

    /// <summary>The input of an instance: it stands in the first event of its history, or in its inbox before the first turn.</summary>
    public string? ReadInput(long key)
    {
        var start = Position.First(key);
        var first = ReadFirst(_history, start, Position.Last(key), 1) ?? ReadFirst(_inbox, start, Position.Last(key), 2);
        return first?.Find(e => e.ExecutionStarted is not null)?.ExecutionStarted.Input;
    }

    public static InstanceRow ReadRow(Statement statement, bool withPayloads) => new()
    {
        Key = statement.Number(0),
        Id = statement.Text(1),
        Name = statement.Text(2),
        Version = statement.Text(3),
        Status = (OrchestrationRuntimeStatus)statement.Number(4),
        Created = statement.Number(5),
        Updated = statement.Number(6),
        StartAt = statement.OptionalNumber(7),
        ParentId = statement.OptionalText(8),
        Tags = statement.OptionalText(9),
        CustomStatus = withPayloads ? statement.OptionalText(10) : null,
        Failure = statement.IsNull(11) ? null : statement.Bytes(11).ToArray(),
        Output = withPayloads ? statement.OptionalText(12) : null,
    };

    public static string SelectRows(string rest) => $"SELECT {Columns} FROM instances {rest}";

    public void Dispose()
    {
        _byId.Dispose();
        _history.Dispose();
        _inbox.Dispose();
        _children.Dispose();
        database.Dispose();
    }

    private List<(int Turn, List<HistoryEvent> Events)> ReadHistory(long first, long last)
    {
        var turns = new List<(int, List<HistoryEvent>)>();
        _history.Bind(1, first).Bind(2, last);
        try
        {
            while (_history.Step())
                turns.Add((Position.Number(_history.Number(0)), TurnRecord.Decode(_history.Bytes(1))));
        }
        finally
        {
            _history.Reset();
        }
        return turns;
    }

    private static List<HistoryEvent>? ReadFirst(Statement statement, long first, long last, int column)
    {
        statement.Bind(1, first).Bind(2, last);
        try
        {
            return statement.Step() ? TurnRecord.Decode(statement.Bytes(column)) : null;
        }
        finally
        {
            statement.Reset();
        }
    }
}
