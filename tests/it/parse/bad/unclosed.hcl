users = {
  frankfurt = { city = "Frankfurt" }
