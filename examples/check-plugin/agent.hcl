# proconsul agent -dev -config-file examples/check-plugin/agent.hcl
plugins {
  disk {
    path     = "./check-disk.ts" # looked up beside this file
    warning  = "15%"
    critical = "3%"
  }
}

check {
  id       = "room"
  name     = "room on the system disk"
  interval = "5s"

  # The member that is named like the check type holds what the plugin reads.
  disk {
    path = "/"
  }
}
