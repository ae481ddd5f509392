namespace MlOps.DurableTask.Sqlite.Storage;

/// <summary>An instance's key and a number within the instance, in one integer that sorts by both.</summary>
internal static class Position
{
    private const int NumberBits = 28;

    /// <summary>Numbers of turns, messages, tasks and timers are below 268,435,455.</summary>
    public const int MaxNumber = (1 << NumberBits) - 1;

    public static long Of(long key, int number) => number is >= 0 and < MaxNumber
        ? (key << NumberBits) | (uint)number
        : throw new InvalidOperationException(
            $"Number {number} is beyond what one execution of an instance can hold ({MaxNumber}). Let the orchestrator continue as new from time to time.");

    /// <summary>Stands for the instance's orchestrator where others stand for its tasks.</summary>
    public static long OfOrchestrator(long key) => Last(key);

    public static long First(long key) => key << NumberBits;

    public static long Last(long key) => (key << NumberBits) | MaxNumber;

    public static long Key(long position) => position >> NumberBits;

    public static int Number(long position) => (int)(position & MaxNumber);
}
