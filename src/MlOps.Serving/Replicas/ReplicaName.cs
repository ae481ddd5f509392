using System.Security.Cryptography;

namespace MlOps.Serving.Replicas;

/// <summary>The name of this process among those that serve the same endpoints; new at each start.</summary>
internal sealed class ReplicaName
{
    /// <summary>12 hexadecimal digits.</summary>
    public string Value { get; } = RandomNumberGenerator.GetHexString(12, lowercase: true);
}
