namespace MlOps.Trainer;

/// <summary>Ends this process when the one that started it is gone, even after kill -9: the operating system closes the pipe.</summary>
internal static class ParentWatch
{
    private const int Orphaned = 1;

    public static void Start()
    {
        var watch = new Thread(() =>
        {
            var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
                // Nobody writes; the end is what is waited for.
            }

            Environment.Exit(Orphaned);
        })
        {
            IsBackground = true,
            Name = "parent watch",
        };
        watch.Start();
    }
}
