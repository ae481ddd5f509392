using System.Collections.Concurrent;
using System.IO.MemoryMappedFiles;

namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>
/// Remembers over the death of the process what was running: a memory-mapped file of slots, each with the position of a work item or 0.
/// Setting a slot costs a memory write; the operating system keeps it however the process ends. Only a loss of power can lose it, and
/// that is no work item's fault.
/// </summary>
internal sealed class RunningMarks : IDisposable
{
    private const int SlotBytes = sizeof(long);

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _slots;
    private readonly ConcurrentBag<int> _free = [];

    private RunningMarks(MemoryMappedFile file, int count)
    {
        _file = file;
        _slots = file.CreateViewAccessor(0, count * SlotBytes);
        for (var i = 0; i < count; i++)
        {
            _slots.Write(i * SlotBytes, 0L);
            _free.Add(i);
        }
    }

    /// <summary>Opens the marks beside a hub's file.</summary>
    /// <param name="databasePath">The hub's file.</param>
    /// <param name="count">Most work items at once.</param>
    /// <param name="leftOver">What was running when the last process died; empty when it stopped in order.</param>
    public static RunningMarks Open(string databasePath, int count, out IReadOnlyList<long> leftOver)
    {
        var path = databasePath + "-running";
        leftOver = Read(path);
        var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        stream.SetLength((long)count * SlotBytes);
        return new RunningMarks(
            MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false), count);
    }

    /// <summary>Marks a work item as running; gives its slot, or -1 when all are taken, which costs no more than the memory of a crash.</summary>
    public int Enter(long position)
    {
        if (!_free.TryTake(out var slot))
            return -1;
        _slots.Write(slot * SlotBytes, position);
        return slot;
    }

    public void Leave(int slot)
    {
        if (slot < 0)
            return;
        _slots.Write(slot * SlotBytes, 0L);
        _free.Add(slot);
    }

    public void Dispose()
    {
        _slots.Dispose();
        _file.Dispose();
    }

    private static List<long> Read(string path)
    {
        if (!File.Exists(path))
            return [];
        var bytes = File.ReadAllBytes(path);
        var positions = new List<long>();
        for (var at = 0; at + SlotBytes <= bytes.Length; at += SlotBytes)
        {
            if (BitConverter.ToInt64(bytes, at) is not 0 and var position)
                positions.Add(position);
        }
        return positions;
    }
}
